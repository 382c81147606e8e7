import { IncidentId, stages } from '@cityloop/contracts';
import type { Routes } from '@cityloop/http';
import { z } from 'zod';
import type { Loop } from '../loop.ts';

const tags = ['运维 operations'];
const config = { permission: 'operate' };
const MOST = 500;

/** Dead letters: records that could not be taken, and their replay once the cause is mended. */
export function adminRoutes(loop: Loop): Routes {
  return async (app) => {
    app.get(
      '/admin/parked',
      {
        config,
        schema: {
          tags,
          summary: '搁置的记录 / records set aside, by stage',
          response: { 200: z.object({ items: z.array(z.unknown()) }) },
        },
      },
      async () => {
        const lists = await Promise.all(
          stages.map(async (stage) =>
            (await loop.stages[stage].parked(MOST)).map(({ body: _body, ...shown }) => ({
              stage,
              ...shown,
            })),
          ),
        );
        return { items: lists.flat() };
      },
    );
    app.get(
      '/admin/notices',
      {
        config,
        schema: {
          tags,
          summary: '未送达的消息 / notices that were given up',
          response: { 200: z.object({ items: z.array(z.unknown()) }) },
        },
      },
      async () => ({ items: [...(await loop.deadNotices(MOST))] }),
    );
    app.post(
      '/admin/notices/resend',
      {
        config,
        schema: {
          tags,
          summary: '重发 / try given up notices again, all of them unless named',
          body: z.strictObject({ ids: z.array(z.uuid()).max(MOST).optional() }),
          response: { 200: z.object({ queued: z.int() }) },
        },
      },
      async (request) => ({ queued: await loop.resendNotices(request.body.ids) }),
    );
    app.post(
      '/admin/parked/:stage/:id/replay',
      {
        config,
        schema: {
          tags,
          summary: '重放搁置的记录 / take what was set aside of one incident, in order',
          params: z.object({ stage: z.enum(stages), id: IncidentId }),
          response: { 200: z.object({ taken: z.int() }) },
        },
      },
      async (request) => {
        const { stage, id } = request.params;
        return { taken: await loop.stages[stage].replay(id) };
      },
    );
  };
}
