import { type Incident, type IncidentEvent, isHandOver } from '@cityloop/contracts';
import {
  behind,
  type EventLog,
  type LogRecord,
  type Position,
  type Subscription,
} from '@cityloop/event-log';
import { fold } from '@cityloop/incident';
import { RecentMap } from '@cityloop/kernel';
import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import { type PictureRow, pictureOf } from './row.ts';

/** How long changes gather before they are written: an incident that moves fast is written once. */
const FLUSH_MS = 250;
/** The more there is to write, the longer they gather: writing takes a tenth of the time, not more. */
const REST = 9;
const REST_MOST_MS = 1_500;
const FLUSH_MOST = 5_000;
/** States kept folded, at least; those untouched for long are read from the log again. */
const KEPT = 10_000;

export type Picture = AsyncDisposable & {
  readonly reader: Subscription;
  /** Tells of each event with the state after it, in log order; for the stream. */
  onEvent(listen: (event: IncidentEvent, after: Incident, position: number) => void): () => void;
  /** The row of an incident that is in memory, as fresh as the stream; undefined does not mean none. */
  row(incidentId: string): PictureRow | undefined;
  /** Resolves when everything read so far is written. */
  flushed(): Promise<void>;
};

/**
 * Keeps the live picture: folds every event of the log and writes the newest state of each incident,
 * many at a time. Full reader: a version is dropped, applied or, when one is missing, made good from
 * the log's own history.
 */
export async function startPicture(options: {
  readonly db: Database;
  readonly log: EventLog;
  readonly schema: string;
  readonly logger: Logger;
  /** All events of these incidents up to now, for states that are not in memory. */
  readonly histories: (
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly IncidentEvent[]>>;
}): Promise<Picture> {
  const { db, log, logger } = options;
  const schema = identifier(options.schema);
  const write = statement(`select ${schema}.flush($1, $2, $3)`);
  const lastRead = statement(
    `select position, event_id from ${schema}.log_offset where topic = 'incidents'`,
  );
  const forget = statement(`delete from ${schema}.log_offset where topic = 'incidents'`);
  const states = new RecentMap<string, Incident>(KEPT);
  const listeners = new Set<(event: IncidentEvent, after: Incident, position: number) => void>();
  let dirty = new Map<string, Incident>();
  let read: { position: number; eventId: string } | undefined;
  let flushing: Promise<void> | undefined;
  let restUntilMs = 0;

  async function take(records: readonly LogRecord[]): Promise<void> {
    await recall(records);
    for (const record of records) {
      const decoded = record.decoded();
      if (decoded.kind !== 'event') {
        logger.error({ position: record.position, kind: decoded.kind }, 'event passed over');
        continue;
      }
      apply(decoded.event, record.position, record.after);
    }
    if (dirty.size >= FLUSH_MOST) await flushSoon();
  }

  /** Fetches what has to be known to fold these records, in one query. */
  async function recall(records: readonly LogRecord[]): Promise<void> {
    const missing = unknownAmong(records, states);
    if (missing.length === 0) return;
    for (const [id, events] of await options.histories(missing)) {
      const state = events.reduce<Incident | undefined>((s, e) => fold(s, e), undefined);
      if (state === undefined) continue;
      states.set(id, state);
      dirty.set(id, state);
    }
  }

  function apply(event: IncidentEvent, position: number, known: Incident | undefined): void {
    const before = states.get(event.incidentId);
    read = { position, eventId: event.id };
    if (before !== undefined && before.version >= event.version) {
      for (const listen of listeners) listen(event, before, position);
      return;
    }
    const after = known ?? fold(before, event);
    remember(event.incidentId, after);
    dirty.set(event.incidentId, after);
    for (const listen of listeners) listen(event, after, position);
  }

  /** What is filed away moves no more. */
  function remember(id: string, state: Incident): void {
    if (state.status === 'archived') states.delete(id);
    else states.set(id, state);
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

  async function from(): Promise<readonly Position[]> {
    const stored = await db.query<{ position: number; event_id: string }>(lastRead);
    const starts = await behind(
      log,
      'incidents',
      stored.map((s) => ({ partition: 0, position: s.position, eventId: s.event_id })),
    );
    // Another log: its offsets begin anew, and `flush` never takes one back.
    if (stored.length > 0 && starts[0]?.position === 1) await db.execute(forget);
    return starts;
  }

  const timer = setInterval(() => {
    if (dirty.size > 0 && performance.now() >= restUntilMs) void flushSoon();
  }, FLUSH_MS);
  timer.unref();

  const reader = await log.subscribe({
    topic: 'incidents',
    group: 'monitor',
    from,
    onBatch: take,
  });
  return {
    reader,
    onEvent(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    row(incidentId) {
      const state = states.get(incidentId) ?? dirty.get(incidentId);
      return state === undefined ? undefined : pictureOf(state);
    },
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

/** Incidents whose next event cannot be folded: they are not known up to the version before it. */
export function unknownAmong(
  records: readonly Pick<LogRecord, 'decoded' | 'after'>[],
  known: { get(id: string): Pick<Incident, 'version'> | undefined },
): string[] {
  const missing = new Set<string>();
  const reached = new Map<string, number>();
  for (const record of records) {
    const decoded = record.decoded();
    if (decoded.kind !== 'event') continue;
    const { incidentId, type, version } = decoded.event;
    const before = reached.get(incidentId) ?? known.get(incidentId)?.version ?? 0;
    const whole = isHandOver(type) || record.after !== undefined;
    if (!whole && version > before + 1) missing.add(incidentId);
    reached.set(incidentId, Math.max(before, version));
  }
  return [...missing];
}
