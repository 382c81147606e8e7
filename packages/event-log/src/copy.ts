import { isUtf8 } from 'node:buffer';
import { type Database, identifier, statement } from '@cityloop/postgres';
import type { EventLog, LogRecord, Stored, Subscription } from './event-log.ts';
import { joinLines, LINE_BREAK } from './lines.ts';
import { migrateLog, type PostgresEventLog, postgresEventLog } from './postgres-event-log.ts';
import { movedRecord } from './record.ts';

export type LogCopy = AsyncDisposable & {
  /** The copy: every event once, at positions of its own, which are dense. */
  readonly log: PostgresEventLog;
  /** What fills it. */
  readonly reader: Subscription;
};

export type LogCopyOptions = {
  readonly db: Database;
  /** Where the copy stands; made when it is not there. */
  readonly schema: string;
  /** The log that is copied. */
  readonly of: EventLog;
  /** Told of what could not be copied because it does not even say which event of what incident it is. */
  onUnreadable?(records: readonly LogRecord[]): void;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** How far into a record its head is looked for, bytes. */
const HEAD = 500;

/** Who keeps all of it is in no hurry: a transaction a record would cost more than the record. */
const GATHER_MS = 50;

type Head = { readonly version: number; readonly eventId: string };

/**
 * Keeps a copy of a log in tables of the reader's own, as those need that read all of it: positions
 * that are the same for every process, whole histories, and nothing twice. One process of a group
 * copies a partition at a time.
 */
export async function startCopy(options: LogCopyOptions): Promise<LogCopy> {
  const { db } = options;
  await migrateLog(db, options.schema, 'copy');
  const schema = identifier(options.schema);
  const log = postgresEventLog(db, options.schema);
  const write = statement(
    `select first_position as first, amount from ${schema}.copy_incident_events($1, $2, $3)`,
  );
  const offsets = statement(
    `select partition, position, event_id as "eventId" from ${schema}.copied`,
  );
  const forget = statement(`delete from ${schema}.copied where partition = $1`);
  const keep = statement(
    `insert into ${schema}.unreadable (partition, position, key, body)
     select * from unnest($1::int[], $2::bigint[], $3::text[], $4::text[]) on conflict do nothing`,
  );

  async function setAside(records: readonly LogRecord[]): Promise<void> {
    await db.execute({
      ...keep,
      values: [
        records.map((r) => r.partition),
        records.map((r) => r.position),
        records.map((r) => printable(r.key)),
        records.map((r) => printable(r.body)),
      ],
    });
    options.onUnreadable?.(records);
  }

  async function take(records: readonly LogRecord[]): Promise<void> {
    const heads = records.map(headOf);
    const readable = records.filter((_, n) => heads[n] !== undefined);
    const known = heads.filter((head) => head !== undefined);
    if (readable.length < records.length) {
      await setAside(records.filter((_, n) => heads[n] === undefined));
    }
    if (readable.length === 0) return;
    const ids = readable.map((r, n) => `${r.key}\t${known[n]?.version}`).join('\n');
    const lines = joinLines(readable.map(textOf));
    const [row] = await db.query<{ first: number; amount: number }>({
      ...write,
      values: [ids, lines, offsetLines(readable, known)],
    });
    if (row === undefined || row.amount === 0) return;
    await log.flush();
    // What came twice has no position of its own: the tail reads what was new.
    if (row.amount < readable.length) return;
    log.put(readable.map((record, n) => movedRecord(record, row.first + n)));
  }

  const gathered = gather(take);
  const reader = await options.of.subscribe({
    topic: 'incidents',
    group: options.schema,
    gatherMs: GATHER_MS,
    from: () => db.query<Stored>(offsets),
    replaced: async (partition) => void (await db.execute({ ...forget, values: [partition] })),
    onBatch: gathered,
  });
  return {
    log,
    reader,
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await log[Symbol.asyncDispose]();
    },
  };
}

/**
 * Which event of its incident a record is, by its first bytes; undefined when they do not tell, or when
 * Postgres has no place for it as a line of text.
 */
function headOf(record: LogRecord): Head | undefined {
  const { key, bytes } = record;
  if (!UUID.test(key) || bytes.includes(LINE_BREAK) || bytes.includes(0)) return undefined;
  const version = record.version();
  const first = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD));
  const eventId = /"id":"([^"\\]{1,64})"/.exec(first.toString('latin1'))?.[1];
  if (version === undefined || eventId === undefined) return undefined;
  return { version, eventId };
}

/** As it came, unless Postgres would not take that for text. */
function textOf(record: LogRecord): Uint8Array {
  const { bytes } = record;
  return isUtf8(bytes) ? bytes : Buffer.from(record.body);
}

/** The last record of each partition. */
function offsetLines(records: readonly LogRecord[], heads: readonly Head[]): string {
  const last = new Map<number, string>();
  for (const [n, { partition, position }] of records.entries()) {
    last.set(partition, `${partition}\t${position}\t${heads[n]?.eventId}`);
  }
  return [...last.values()].join('\n');
}

/** Postgres has no place for the character 0 in a text. */
const printable = (text: string): string => text.replaceAll('\u0000', '\uFFFD');

/**
 * Lets what comes for several partitions while one transaction is under way share the next; each call
 * resolves when its own records are through.
 */
function gather(
  take: (records: readonly LogRecord[]) => Promise<void>,
): (records: readonly LogRecord[]) => Promise<void> {
  let waiting: LogRecord[] = [];
  let next: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  return (records) => {
    waiting.push(...records);
    next ??= running
      .catch(() => undefined) // told to whoever gave those
      .then(() => {
        const batch = waiting;
        waiting = [];
        next = undefined;
        running = take(batch);
        return running;
      });
    return next;
  };
}
