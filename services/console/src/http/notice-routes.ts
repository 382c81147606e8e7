import { type Routes, sendJson, subjectOf } from '@cityloop/http';
import { NotFound } from '@cityloop/kernel';
import { z } from 'zod';
import type { Loop } from '../loop.ts';

const tags = ['消息 notices'];
const config = { permission: 'read' };

const Listed = z.object({
  asOf: z.iso.datetime(),
  unread: z.int().meta({ description: '未读数 / how many are unread in all' }),
  items: z.array(
    z.object({
      id: z.uuid(),
      incidentId: z.uuid(),
      incidentIds: z.array(z.uuid()).optional().meta({
        description: '合并补报的全部案件 / all incidents of an entry that says what was missed',
      }),
      clock: z.string(),
      epoch: z.int(),
      rung: z.string().meta({ description: '阶梯中的一级 / the rung of the ladder' }),
      title: z.string(),
      text: z.string(),
      at: z.iso.datetime(),
      readAt: z.iso.datetime().optional(),
    }),
  ),
  after: z.uuid().optional().meta({ description: '下一页 / send it for the next page' }),
});

/** The caller's own messages of the ladders: what is about to be late, what is, and each 督办. */
export function noticeRoutes(loop: Loop): Routes {
  return async (app) => {
    app.get(
      '/notices',
      {
        config,
        schema: {
          tags,
          summary: '我的消息 / your messages, the newest first',
          querystring: z.strictObject({
            unread: z.stringbool().optional(),
            limit: z.coerce.number().int().min(1).max(500).optional(),
            after: z.uuid().optional(),
          }),
          response: { 200: Listed },
        },
      },
      async (request, reply) => {
        const { limit = 100, ...rest } = request.query;
        const { id } = subjectOf(request);
        const { items, unread } = await loop.notices(id, { ...rest, limit });
        const after = items.length === limit ? { after: items.at(-1)?.id } : {};
        const asOf = new Date().toISOString();
        return sendJson(reply, JSON.stringify({ asOf, unread, items, ...after }));
      },
    );
    app.post(
      '/notices/:id/read',
      {
        config,
        schema: {
          tags,
          summary: '标为已读 / mark one as read',
          params: z.object({ id: z.uuid() }),
          response: { 200: z.object({ unread: z.int() }) },
        },
      },
      async (request) => {
        const { id } = subjectOf(request);
        if (!(await loop.readNotice(id, request.params.id))) {
          throw new NotFound('NOTICE_UNKNOWN', '没有这条消息 / no such message of yours');
        }
        return { unread: (await loop.notices(id, { limit: 1 })).unread };
      },
    );
  };
}
