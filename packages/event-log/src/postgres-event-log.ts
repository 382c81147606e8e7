import { readFile } from 'node:fs/promises';
import { type Database, identifier, migrate, statement } from '@cityloop/postgres';
import type {
  Announce,
  End,
  EventLog,
  Expect,
  LogRecord,
  Publication,
  Subscribe,
  Subscription,
  Topic,
} from './event-log.ts';
import { GroupLocks } from './group-locks.ts';
import { pause } from './pause.ts';
import { readerLoop } from './reader-loop.ts';
import { freshRecord, storedRecord } from './record.ts';
import { Tail } from './tail.ts';

const NOTHING = Buffer.alloc(0);

/** The schema the log stands in. */
export const LOG_SCHEMA = 'log';
/**
 * How often a process looks for what other processes wrote, ms: the live stream of a set of services
 * that stands by is this much behind. Looking costs a busy process nothing and an idle one half a percent
 * of a core, for it looks less often while there is nothing; notifications would cost every commit something.
 */
const LOOK_MS = { incidents: 25, policy: 200, again: 200 } as const;
const IDLE_LOOK_MS = { incidents: 80, policy: 400, again: 400 } as const;
/** The same while nobody else has written for some time: mostly there is nobody else. */
const ALONE_LOOK_MS = { incidents: 250, policy: 400, again: 400 } as const;
const ALONE_AFTER_MS = 60_000;

/** The statements of a log in one schema. */
function statements(schemaName: string) {
  const schema = identifier(schemaName);
  return {
    incidents: statement(
      `select position, incident_id, body from ${schema}.incident_event
       where position >= $1 order by position limit $2`,
    ),
    records: statement(
      `select position, key, body from ${schema}.record
       where topic = $1 and position >= $2 order by position limit $3`,
    ),
    append: statement(`select ${schema}.append_records($1, $2, $3) as first`),
    flush: statement(`select ${schema}.flush()`),
    end: statement(`select next from ${schema}.head where topic = $1`),
  };
}

type IncidentRow = {
  readonly position: number;
  readonly incident_id: string;
  readonly body: string;
};
type RecordRow = { readonly position: number; readonly key: string; readonly body: string };

export type PostgresEventLog = EventLog & {
  readonly schema: string;
  /**
   * Tells the readers of this process what a store has just committed into the log, so that they need
   * not read it back.
   */
  readonly announce: Announce;
  /** The same for records as they are, which follow on each other. */
  put(records: readonly LogRecord[]): void;
  /** Tells them before that what is being flushed will be announced. */
  readonly expect: Expect;
  /** Resolves when everything committed before the call is on disk; calls share the disk's work. */
  flush(): Promise<void>;
};

/** Makes the tables of the log that all services share; safe from several processes at once. */
export async function migrateEventLog(db: Database): Promise<void> {
  await migrateLog(db, LOG_SCHEMA, 'shared');
}

/**
 * Makes the tables of a log of incident events in a schema of its own: the `shared` one of the embedded
 * profile, the `outbox` of a service, or the `copy` a full reader keeps.
 */
export async function migrateLog(
  db: Database,
  schema: string,
  kind: 'shared' | 'outbox' | 'copy',
): Promise<void> {
  const files = await Promise.all(
    ['001_events.sql', `002_${kind}.sql`].map(async (name) => ({
      name,
      sql: await readFile(new URL(`../migrations/${name}`, import.meta.url), 'utf8'),
    })),
  );
  await migrate(db, { schema, files });
}

/**
 * A log in tables of a database, which is appended to within its writers' own transactions: the one all
 * services share in the embedded profile, unless another schema is named. One partition; one active
 * reader a group, kept by an advisory lock.
 */
export function postgresEventLog(db: Database, schema: string = LOG_SCHEMA): PostgresEventLog {
  const sql = statements(schema);
  const tails = new Map<Topic, Tail>();
  const stopping = new AbortController();
  const locks = new GroupLocks(db);
  const flushed = shared(async () => void (await db.query(sql.flush)));
  const subscriptions = new Set<Subscription>();
  const publishing = new Map<Topic, Promise<unknown>>();

  const tailOf = (topic: Topic): Tail => {
    const known = tails.get(topic);
    if (known !== undefined) return known;
    const tail = new Tail((position, limit) => readDurable(topic, position, limit));
    tails.set(topic, tail);
    void lookAgain(topic, tail);
    return tail;
  };

  /** What another process has committed may not be on disk yet: nobody is told of it before it is. */
  async function readDurable(topic: Topic, position: number, limit: number): Promise<LogRecord[]> {
    const records = await readFrom(topic, position, limit);
    if (records.length > 0) await flushed();
    return records;
  }

  /** Looks again and again, the less often the longer nothing has come. */
  async function lookAgain(topic: Topic, tail: Tail): Promise<void> {
    let restMs: number = LOOK_MS[topic];
    while (!stopping.signal.aborted) {
      await pause(restMs, stopping.signal);
      // The database is away: readers say so, the next look mends it.
      const news = await tail.look().catch(() => false);
      const most = tail.othersSilentMs() > ALONE_AFTER_MS ? ALONE_LOOK_MS : IDLE_LOOK_MS;
      restMs = news ? LOOK_MS[topic] : Math.min(restMs * 1.2, most[topic]);
    }
  }

  async function readFrom(topic: Topic, position: number, limit: number): Promise<LogRecord[]> {
    if (topic === 'incidents') {
      const rows = await db.query<IncidentRow>({ ...sql.incidents, values: [position, limit] });
      return rows.map((r) =>
        storedRecord({ partition: 0, position: r.position }, r.incident_id, r.body),
      );
    }
    const rows = await db.query<RecordRow>({ ...sql.records, values: [topic, position, limit] });
    return rows.map((r) => storedRecord({ partition: 0, position: r.position }, r.key, r.body));
  }

  /** Calls that overlap would take connections of their own, and overtake each other there. */
  async function appendInTurn(topic: Topic, records: readonly Publication[]): Promise<number> {
    const before = publishing.get(topic) ?? Promise.resolve();
    const appended = before
      .catch(() => undefined) // told to whoever published that
      .then(() => db.query<{ first: number }>({ ...sql.append, values: columns(topic, records) }));
    publishing.set(topic, appended);
    return (await appended)[0]?.first ?? 0;
  }

  async function ends(topic: Topic): Promise<End[]> {
    const rows = await db.query<{ next: number }>({ ...sql.end, values: [topic] });
    return [{ partition: 0, position: rows[0]?.next ?? 1, first: 1 }];
  }

  return {
    schema,
    announce(first, events, bodies, states) {
      const tail = tails.get('incidents');
      tail?.announce(
        first,
        events.map((event, n) => freshRecord(first + n, event, bodies[n] ?? NOTHING, states?.[n])),
      );
    },

    put(records) {
      const [first] = records;
      if (first !== undefined) tails.get('incidents')?.announce(first.position, records);
    },

    expect: (first, count) => tails.get('incidents')?.expect(first, count) ?? (() => undefined),

    flush: flushed,

    async publish(topic, records) {
      if (topic === 'incidents') {
        throw new RangeError('incident events are appended by the commit of their store only');
      }
      if (records.length === 0) return;
      const first = await appendInTurn(topic, records);
      const stored = records.map((r, n) =>
        storedRecord({ partition: 0, position: first + n }, r.key, r.body),
      );
      tailOf(topic).announce(first, stored);
    },

    async subscribe(options: Subscribe): Promise<Subscription> {
      const subscription = readerLoop({
        ...options,
        tail: tailOf(options.topic),
        end: async () => (await ends(options.topic))[0]?.position ?? 1,
        at: async (position) => atIn(await readFrom(options.topic, position, 1), position),
        exclusively: (group, work) => locks.whileAlone(`${schema}/${options.topic}/${group}`, work),
        stopping: stopping.signal,
      });
      subscriptions.add(subscription);
      return subscription;
    },

    async read(topic, from, limit) {
      return readFrom(topic, from.position, limit);
    },
    ends,

    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all([...subscriptions].map((s) => s[Symbol.asyncDispose]()));
      await locks[Symbol.asyncDispose]();
    },
  };
}

/** Positions are dense, but the record asked for may be gone. */
function atIn(records: readonly LogRecord[], position: number): LogRecord | undefined {
  return records.find((record) => record.position === position);
}

function columns(topic: Topic, records: readonly Publication[]): unknown[] {
  return [topic, records.map((r) => r.key), records.map((r) => r.body)];
}

/**
 * Runs `work` for whoever asks, at most once at a time. A call that comes while it runs is served by
 * the next run: what it asks for may have come too late for this one.
 */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (): Promise<void> => {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return run();
    next ??= running
      .catch(() => undefined) // that failure belongs to the calls before
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  };
}
