import type { Incident } from '@cityloop/contracts';
import type { EventLog, LogRecord, Subscription } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import type { PassedOver } from './passed-over.ts';
import { readFrom } from './read-from.ts';
import type { Histories } from './replay.ts';
import { type PictureRow, pictureOf } from './row.ts';
import { createStates } from './states.ts';

/** How long changes gather before they are written: an incident that moves fast is written once. */
const FLUSH_MS = 250;
/** The more there is to write, the longer they gather: writing takes a tenth of the time, not more. */
const REST = 9;
const REST_MOST_MS = 1_500;
const FLUSH_MOST = 5_000;

export type Picture = AsyncDisposable & {
  readonly reader: Subscription;
  /** Resolves when everything read so far is written. */
  flushed(): Promise<void>;
};

/**
 * Keeps the live picture: folds every event of the log and writes the newest state of each incident,
 * many at a time. One process writes, the others stand by.
 */
export async function startPicture(options: {
  readonly db: Database;
  readonly log: EventLog;
  readonly schema: string;
  readonly logger: Logger;
  readonly histories: Histories;
  readonly passedOver: PassedOver;
}): Promise<Picture> {
  const { db, log, logger } = options;
  const schema = identifier(options.schema);
  const write = statement(`select ${schema}.flush($1, $2, $3)`);
  const forget = statement(`delete from ${schema}.log_offset where topic = 'incidents'`);
  const states = createStates(options.histories, logger);
  let dirty = new Map<string, Incident>();
  let read: { position: number; eventId: string } | undefined;
  let flushing: Promise<void> | undefined;
  let restUntilMs = 0;

  async function take(records: readonly LogRecord[]): Promise<void> {
    await options.passedOver.note(unknownOf(records));
    for (const { event, after, position } of await states.take(records)) {
      read = { position, eventId: event.id };
      dirty.set(event.incidentId, after);
    }
    if (dirty.size >= FLUSH_MOST) await flushSoon();
  }

  async function flush(): Promise<void> {
    if (read === undefined) return;
    const batch = dirty;
    const { position, eventId } = read;
    dirty = new Map();
    const rows: PictureRow[] = [...batch.values()].map(pictureOf);
    const startedMs = performance.now();
    try {
      await db.query({ ...write, values: [JSON.stringify(rows), position, eventId] });
      const endedMs = performance.now();
      restUntilMs = endedMs + Math.min(REST_MOST_MS, REST * (endedMs - startedMs));
    } catch (error) {
      for (const [id, state] of batch) if (!dirty.has(id)) dirty.set(id, state);
      throw error;
    }
  }

  function flushSoon(): Promise<void> {
    flushing ??= flush()
      .catch((error: unknown) => logger.warn({ err: error }, 'live picture not written'))
      .finally(() => {
        flushing = undefined;
      });
    return flushing;
  }

  const timer = setInterval(() => {
    if (dirty.size > 0 && performance.now() >= restUntilMs) void flushSoon();
  }, FLUSH_MS);
  timer.unref();

  const [stored] = await readFrom(db, options.schema);
  if (stored !== undefined) {
    const { position, eventId } = stored;
    await options.passedOver.known(async (states) => {
      const rows = JSON.stringify(states.map(pictureOf));
      await db.query({ ...write, values: [rows, position, eventId] });
    });
  }
  const reader = await log.subscribe({
    topic: 'incidents',
    group: 'monitor',
    from: () => readFrom(db, options.schema),
    // Its offsets begin anew, and `flush` never takes one back.
    replaced: async () => void (await db.execute(forget)),
    onBatch: take,
  });
  return {
    reader,
    async flushed() {
      await flushing;
      await flushSoon();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await reader[Symbol.asyncDispose]();
      await flushing;
      await flushSoon();
    },
  };
}

function unknownOf(records: readonly LogRecord[]): string[] {
  return records.flatMap((record) => {
    const decoded = record.decoded();
    return decoded.kind === 'unknown' ? [decoded.incidentId] : [];
  });
}
