import { testServer } from '@cityloop/servers/testing';
import { connectRedis, type RedisServer } from '@cityloop/timers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  assignment,
  assignments,
  confirm,
  finish,
  order,
  receive,
  roadsLeader,
  type StageWorld,
  stageWorld,
  taken,
  until,
} from './fixture.ts';

const server = await testServer('redis');

let world: StageWorld;
let redis: RedisServer;
beforeEach(async () => {
  world = await stageWorld();
  redis = await connectRedis({ url: server.address, prefix: `${server.prefix}${Date.now()}` });
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

/** A process of the stage with its timers in Redis. */
const start = () =>
  world.start({ timers: (stage, rows) => redis.timers({ service: stage, rows }) });

type Row = { readonly id: string; readonly centre: string; readonly ms: number };

/** What the rows have armed. */
const rows = () =>
  world.db.query<Row>({
    text: `select incident_id as id, centre_id as centre,
                  (extract(epoch from next_due_at) * 1000)::int8 as ms
           from handling.incident where next_due_at is not null order by next_due_at, incident_id`,
  });

it('has each incident on its centre’s list in Redis as long as it is held, at the due of its row', async () => {
  const { stage } = await start();
  const listed = async () => {
    const [centre = ''] = (await rows()).map((row) => row.centre);
    return stage.timers.countdown(centre, 10);
  };
  const agreed = () =>
    until(async () => {
      const wanted = (await rows()).map(({ id, ms }) => ({ id, dueMs: ms }));
      return JSON.stringify(await listed()) === JSON.stringify(wanted);
    }, 'the list to say what the rows say');
  const event = assignment();
  const id = event.incidentId;
  await world.handOver([event]);
  await taken(world, [event]);
  const [first] = await rows();
  expect(first).toMatchObject({ id });
  await agreed();
  await stage.engine.command(order(id, receive));
  await agreed();

  await stage.engine.command(order(id, finish));
  await stage.engine.command(order(id, confirm, { subject: roadsLeader }));
  await until(
    async () => (await stage.timers.countdown(first?.centre ?? '', 10)).length === 0,
    'the list to be empty',
  );
  expect(stage.timers.state()).toBe('ok');
});

it('is entered anew from the rows when the service starts on a Redis that has nothing', async () => {
  const before = await world.start();
  const events = assignments(5);
  await world.handOver(events);
  await taken(world, events);
  await before[Symbol.asyncDispose]();

  const { stage } = await start();
  const [row] = await rows();
  const listed = await stage.timers.countdown(row?.centre ?? '', 10);
  expect(listed).toEqual((await rows()).map(({ id, ms }) => ({ id, dueMs: ms })));
  expect(listed).toHaveLength(5);
});
