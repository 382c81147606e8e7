import type { Incident, Subject } from '@cityloop/contracts';
import { type Routes, sendJson, subjectOf } from '@cityloop/http';
import { assistClock, assistOf, assistStatus, mayRead } from '@cityloop/incident';
import { InvalidInput, NotFound } from '@cityloop/kernel';
import type { Pictured, StageDoor } from '@cityloop/service';
import type { HeldRow } from '@cityloop/stage';
import { z } from 'zod';
import type { Loop } from '../loop.ts';
import { queueNames, queues, SUPERVISED, TO_APPROVE } from '../queues.ts';
import { filterTerms, flag } from '../stream/wanted.ts';
import { approvalsFor } from './approval-queue.ts';
import { PictureView } from './picture-view.ts';
import { supervisedFor } from './supervision-queue.ts';

const Terms = z.strictObject({
  ...filterTerms,
  open: flag,
  text: z.string().max(200).optional(),
  number: z.string().max(64).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(200).optional(),
});

const Found = z.object({
  asOf: z.iso.datetime().meta({ description: '数据时间 / when this was true' }),
  items: z.array(PictureView),
  cursor: z.string().optional().meta({ description: '下一页 / send it for the next page' }),
});
const Counts = z.object({
  asOf: z.iso.datetime(),
  counts: z.array(z.object({ status: z.string(), overdue: z.boolean(), n: z.int() })),
});
const Queued = z.object({
  asOf: z.iso.datetime(),
  items: z.array(
    z.object({
      incidentId: z.uuid(),
      version: z.int(),
      status: z.string(),
      centreId: z.string(),
      unitId: z.string().optional(),
      nextDueAt: z.string().optional(),
      supervisions: z
        .array(z.looseObject({ id: z.string(), dueAt: z.string(), overdue: z.boolean() }))
        .optional()
        .meta({ description: '未回复的督办 / in the queue supervised: what wants a reply' }),
      assist: z
        .object({
          status: z.string(),
          task: z.string().optional(),
          dueAt: z.iso.datetime().optional(),
        })
        .optional()
        .meta({
          description: '本单位协办：环节、任务、自己的时限 / what you are asked to assist with',
        }),
    }),
  ),
  after: z.uuid().optional().meta({ description: '下一页 / send it for the next page' }),
});

/** Search over the live picture, the stages' own queues, and the counters. */
export function listRoutes(loop: Loop): Routes {
  return async (app) => {
    app.get(
      '/incidents',
      {
        config: { permission: 'read' },
        schema: {
          tags: ['查询 lists'],
          summary: '检索案件 / search, newest first, keyset pages',
          querystring: Terms,
          response: { 200: Found },
        },
      },
      async (request, reply) => {
        const found = await search(loop, subjectOf(request), request.query);
        return sendJson(reply, JSON.stringify(found));
      },
    );
    app.get(
      '/counts',
      {
        config: { permission: 'read' },
        schema: {
          tags: ['查询 lists'],
          summary: '各状态案件数 / how many in each status',
          response: { 200: Counts },
        },
      },
      async (request, reply) => {
        const asOf = new Date().toISOString();
        const counts = await loop.picture.counts(subjectOf(request));
        return sendJson(reply, JSON.stringify({ asOf, counts }));
      },
    );
    app.get(
      '/queues/:queue',
      {
        config: { permission: 'read' },
        schema: {
          tags: ['查询 lists'],
          summary: '待办 / the work of the caller in one stage',
          params: z.object({ queue: z.string().max(40) }),
          querystring: z.strictObject({
            limit: z.coerce.number().int().min(1).max(500).optional(),
            after: z.uuid().optional(),
          }),
          response: { 200: Queued },
        },
      },
      async (request, reply) => sendJson(reply, JSON.stringify(await queueOf(loop, request))),
    );
  };
}

async function search(loop: Loop, subject: Subject, query: z.output<typeof Terms>) {
  const { number, status, cursor, limit: most = 50, ...terms } = query;
  const asOf = new Date().toISOString();
  if (number !== undefined) {
    const row = await loop.picture.byNumber(number);
    const seen = row !== undefined && mayRead(subject, row.scope);
    return { asOf, items: seen ? [row.view] : [] };
  }
  const rows = await loop.picture.find(subject, {
    ...terms,
    ...(status === undefined ? {} : { status: [status].flat() }),
    ...(cursor === undefined ? {} : { after: decodeCursor(cursor) }),
    limit: most + 1,
  });
  const items = rows.slice(0, most);
  const last = items.at(-1);
  const more = rows.length > most && last !== undefined;
  return {
    asOf,
    items: items.map((row) => row.view),
    ...(more ? { cursor: encodeCursor(last) } : {}),
  };
}

async function queueOf(
  loop: Loop,
  request: Parameters<typeof subjectOf>[0] & {
    readonly params: { readonly queue: string };
    readonly query: { readonly limit?: number | undefined; readonly after?: string | undefined };
  },
) {
  if (request.params.queue === TO_APPROVE) {
    const asOf = new Date().toISOString();
    return { asOf, ...(await approvalsFor(loop, subjectOf(request), request.query)) };
  }
  if (request.params.queue === SUPERVISED) {
    const asOf = new Date().toISOString();
    return { asOf, ...(await supervisedFor(loop, subjectOf(request), request.query)) };
  }
  const queue = queues.get(request.params.queue);
  if (queue === undefined) {
    throw new NotFound('QUEUE_UNKNOWN', '没有这个待办 / no such queue', { queues: queueNames });
  }
  const subject = subjectOf(request);
  const { limit = 100, after } = request.query;
  const mine = queue.of(subject);
  if (mine === undefined) return { asOf: new Date().toISOString(), items: [] };
  const stage = loop.stages[queue.stage];
  const rows = await stage.held({ ...mine, statuses: queue.statuses, limit, after });
  const last = rows.at(-1);
  return {
    asOf: new Date().toISOString(),
    items: await shown(stage, subject, rows, mine.unitId),
    ...(rows.length === limit && last !== undefined ? { after: last.incidentId } : {}),
  };
}

/**
 * Of their centre's or unit's queue callers see what they may read: less, where their scope is narrower
 * (a grid worker's grids) or a complaint is about themselves. A row says so where the queue's unit assists.
 */
async function shown(
  stage: StageDoor,
  subject: Subject,
  rows: readonly HeldRow[],
  unitId: string | undefined,
): Promise<readonly object[]> {
  const seen = rows.map(async (row) => {
    const incident = (await stage.whereabouts(row.incidentId))?.incident;
    if (incident === undefined || !mayRead(subject, incident)) return [];
    return [{ ...row, ...assistance(incident, unitId) }];
  });
  return (await Promise.all(seen)).flat();
}

/** Why an assisting unit finds the incident in its queue; nothing for the lead's. */
function assistance(incident: Incident, unitId: string | undefined): object {
  const part = assistOf(incident, unitId);
  const status = part && assistStatus(incident, part);
  if (part === undefined || status === undefined) return {};
  const clock = incident.clocks[assistClock(part.unitId)];
  const dueAt = clock?.pausedAt === undefined ? clock?.dueAt : undefined;
  return { assist: { status, task: part.task, dueAt } };
}

function encodeCursor(row: Pictured): string {
  return Buffer.from(`${row.reportedMs}/${row.id}`).toString('base64url');
}

function decodeCursor(cursor: string): { ms: number; id: string } {
  const [ms, id] = Buffer.from(cursor, 'base64url').toString().split('/');
  const parsed = z.object({ ms: z.coerce.number().int(), id: z.uuid() }).safeParse({ ms, id });
  if (parsed.success) return parsed.data;
  throw new InvalidInput('CURSOR_INVALID', '翻页标记无效 / this cursor is not one of ours');
}
