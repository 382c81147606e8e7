import { type Routes, subjectOf } from '@cityloop/http';
import { Unavailable } from '@cityloop/kernel';
import type { Metrics } from '@cityloop/runtime';
import { REPLAY_MOST } from '@cityloop/service';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Loop } from '../loop.ts';
import { Clients, resetText, type StreamProbe } from '../stream/clients.ts';
import { Feed } from '../stream/feed.ts';
import { NoticeBell } from '../stream/notice-bell.ts';
import { type Filter, filterTerms, isSent } from '../stream/wanted.ts';
import type { Until } from './token-expiry.ts';

/** Streams one subject may have open: a few windows and devices, not a way to wear the server out. */
const STREAMS_PER_SUBJECT = 20;
const STREAMS_MOST = 5_000;
const RETRY_MS = 3_000;
/** How long this replica may be behind the one that a client has been at before, ms. */
const AHEAD_MS = 1_500;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** Until when whoever sent a request is let in. */
export type UntilOf = (request: FastifyRequest) => Until | Promise<Until>;

const position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const Terms = z.strictObject({
  ...filterTerms,
  after: position.optional().meta({ description: '从此位置之后续传 / like Last-Event-ID' }),
  recent: z.coerce.number().int().min(1).max(200).optional().meta({
    description: '先补发最近若干条 / begin with the last so many events that fit',
  }),
});

/**
 * `GET /stream`: server-sent events of all that happens within the caller's scope. `id` is the place in
 * the log, the same on every replica; who comes back with it misses nothing and sees nothing twice.
 */
export function streamRoutes(loop: Loop, metrics: Metrics, until: UntilOf): Routes {
  return async (app) => {
    const feed = new Feed(loop.picture);
    const clients = new Clients(feed, probeOf(metrics));
    const bell = new NoticeBell((people) => loop.newestNotices(people));
    app.addHook('preClose', async () => {
      bell.close();
      feed.stop();
      clients.close();
    });
    app.get(
      '/stream',
      {
        config: { permission: 'read' },
        exposeHeadRoute: false,
        schema: {
          tags: ['查询 lists'],
          summary: '实况推送（SSE）/ live events within your scope, as server-sent events',
          description:
            'event: ready（起点）、incident（案件动态）、notice（有新消息）、reset（请重新载入列表）、expired（请重新登录）。',
          headers: z.looseObject({ 'last-event-id': z.string().max(20).optional() }),
          querystring: Terms,
          produces: ['text/event-stream'],
          response: { 200: z.string().meta({ description: '事件流 / a stream of events' }) },
        },
      },
      async (request, reply) => {
        const subject = subjectOf(request);
        refuseTooMany(clients, subject.id);
        const { after, recent, ...filter } = request.query;
        const wanted = lastSeen(request.headers['last-event-id']) ?? after;
        const { raw } = reply;
        raw.on('close', feed.join());
        const start = await beginning(feed, wanted);
        const from =
          recent !== undefined && wanted === undefined
            ? await recently(feed, recent, (frame) => isSent(subject, filter, frame))
            : start.from;
        if (request.raw.destroyed) return reply.hijack();
        refuseTooMany(clients, subject.id);
        reply.hijack();
        for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...HEADERS })) {
          if (value !== undefined) raw.setHeader(name, value);
        }
        const viewer = { subject, filter: filter as Filter, from, until: await until(request) };
        const leave = clients.add(raw, viewer, greeting(from, start.reset));
        raw.on('close', leave);
        raw.on(
          'close',
          bell.join(subject.id, (unread) => {
            if (raw.writableEnded || raw.writableNeedDrain) return;
            raw.write(`event: notice\ndata: {"unread":${unread}}\n\n`);
          }),
        );
        raw.on('error', leave);
        return reply;
      },
    );
  };
}

function refuseTooMany(clients: Clients, subjectId: string): void {
  if (clients.of(subjectId) < STREAMS_PER_SUBJECT && clients.size < STREAMS_MOST) return;
  throw new Unavailable(
    'STREAM_LIMIT',
    '实况连接过多，请关闭不用的页面 / too many streams are open, close some',
    { most: STREAMS_PER_SUBJECT, retryAfter: 30 },
  );
}

/** A browser repeats what it was last sent; what is no position of ours begins anew. */
function lastSeen(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const parsed = position.safeParse(header);
  return parsed.success ? parsed.data : Number.MAX_SAFE_INTEGER;
}

/** Where a client begins: behind what it has seen, or, when that cannot be, at the end with a reset. */
async function beginning(
  feed: Feed,
  seen: number | undefined,
): Promise<{ readonly from: number; readonly reset?: 'too-old' | 'unknown' | undefined }> {
  await feed.ready();
  if (seen === undefined) return { from: feed.last };
  if (seen < Number.MAX_SAFE_INTEGER) await feed.awaits(seen, AHEAD_MS);
  if (seen > feed.last) return { from: feed.last, reset: 'unknown' };
  if (seen < feed.last - REPLAY_MOST) return { from: feed.last, reset: 'too-old' };
  await feed.reach(seen);
  if (seen < feed.oldest) return { from: feed.last, reset: 'too-old' };
  return { from: seen };
}

/** The position behind which the last so many events lie that the caller would be sent. */
async function recently(
  feed: Feed,
  amount: number,
  fits: (frame: Parameters<typeof isSent>[2]) => boolean,
): Promise<number> {
  await feed.reach(Math.max(0, feed.last - REPLAY_MOST));
  const items = feed.after(feed.oldest);
  let left = amount;
  let from = feed.last;
  for (let at = items.length - 1; at >= 0 && left > 0; at--) {
    const item = items[at];
    if (item === undefined || !fits(item.frame())) continue;
    left -= 1;
    from = item.position - 1;
  }
  return from;
}

function greeting(from: number, reset: 'too-old' | 'unknown' | undefined): string {
  const asOf = new Date().toISOString();
  const ready = `id: ${from}\nevent: ready\ndata: {"position":${from},"asOf":"${asOf}"}\n\n`;
  return `retry: ${RETRY_MS}\n\n${reset === undefined ? '' : resetText(reset, from)}${ready}`;
}

function probeOf(metrics: Metrics): StreamProbe {
  const open = metrics.gauge({ name: 'stream_clients', help: 'Open event streams.' });
  const sent = metrics.counter({
    name: 'stream_events_sent_total',
    help: 'Events written to streams, one a client.',
  });
  const dropped = metrics.counter({
    name: 'stream_dropped_total',
    help: 'Streams ended by us, by reason.',
    labels: ['reason'],
  });
  return {
    clients: (amount) => open.set(amount),
    sent: (events) => sent.inc(events),
    dropped: (reason) => dropped.inc({ reason }),
  };
}
