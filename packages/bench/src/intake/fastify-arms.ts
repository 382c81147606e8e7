import { uuidv7 } from '@cityloop/kernel';
import { type FastifyInstance, fastify } from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { IntakeArm, Target } from '../arm.ts';
import { openPool, startPostgres } from '../servers/postgres.ts';

const HOST = '127.0.0.1';
const PATH = '/incidents';
const CONNECTIONS = 20;

const Body = z.object({
  channel: z.enum(['grid-worker', 'hotline-12345', 'citizen-app', 'sensor', 'video']),
  externalNumber: z.string().min(1).max(64),
  categoryCode: z.string().min(1).max(32),
  description: z.string().min(1).max(4_000),
  location: z.object({
    lon: z.number().min(-180).max(180),
    lat: z.number().min(-90).max(90),
    crs: z.enum(['WGS84', 'CGCS2000', 'GCJ02', 'BD09']),
  }),
});
type Body = z.infer<typeof Body>;
const Answer = z.object({ id: z.uuid(), status: z.literal('reported') });

const example = JSON.stringify({
  channel: 'grid-worker',
  externalNumber: 'B-{id}',
  categoryCode: 'E-0203',
  description: 'Bags of rubbish beside the bins at the corner of the lane, blocking the pavement',
  location: { lon: 121.5261, lat: 31.2596, crs: 'WGS84' },
} satisfies Body);

const TABLE = `create table incident (
  id uuid primary key, body text not null, at timestamptz not null default now())`;
const INSERT = { name: 'insert', text: 'insert into incident (id, body) values ($1, $2)' };

const post = (port: number): Target => ({
  host: HOST,
  port,
  method: 'POST',
  path: PATH,
  headers: { 'content-type': 'application/json' },
  bodies: [example],
});

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: HOST, port: 0 });
  const [address] = app.addresses();
  if (typeof address !== 'object') throw new Error('the server listens nowhere');
  return address.port;
}

/** What Fastify alone does: a GET that answers a constant. */
export function fastifyHello(): IntakeArm {
  const app = fastify();
  app.get('/', async () => ({ hello: 'world' }));
  return {
    start: async () => ({
      host: HOST,
      port: await listen(app),
      method: 'GET',
      path: '/',
      headers: {},
      bodies: [''],
    }),
    stop: () => app.close(),
  };
}

function zodServer(store: (id: string, body: Body) => Promise<void>): FastifyInstance {
  const app = fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app
    .withTypeProvider<ZodTypeProvider>()
    .post(PATH, { schema: { body: Body, response: { 201: Answer } } }, async (request, reply) => {
      const id = uuidv7();
      await store(id, request.body);
      return reply.code(201).send({ id, status: 'reported' });
    });
  return app;
}

/** A POST with a body checked by zod and an answer shaped by it; nothing is kept. */
export function fastifyZod(): IntakeArm {
  const app = zodServer(async () => {});
  return {
    start: async () => post(await listen(app)),
    stop: () => app.close(),
  };
}

/** The same, and one durable insert a request before the answer. */
export function fastifyInsert(): IntakeArm {
  const parts = new AsyncDisposableStack();
  return {
    async start() {
      const server = parts.use(await startPostgres());
      const pool = parts.adopt(openPool(server.url, CONNECTIONS), (open) => open.end());
      await pool.query(TABLE);
      const app = zodServer(async (id, body) => {
        await pool.query({ ...INSERT, values: [id, JSON.stringify(body)] });
      });
      parts.defer(() => app.close());
      return post(await listen(app));
    },
    stop: () => parts.disposeAsync(),
  };
}
