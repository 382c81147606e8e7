import { type Database, identifier, type Query, statement } from '@cityloop/postgres';
import type { EventLog, LogRecord, Subscription } from './event-log.ts';
import { pause } from './pause.ts';
import type { PostgresEventLog } from './postgres-event-log.ts';

/** How long the relay is one process's without being renewed, ms: a frozen one holds up nobody longer. */
const HOLD_MS = 8_000;
/** Between two looks of one that stands by, and after a failure, ms. */
const STANDBY_MS = 1_000;
const RETRY_MS = 200;
const RENEW_MS = 2_000;
/** How long the end of a process waits for the last events to be published, ms. */
const LAST_MS = 5_000;
const NEVER = new AbortController().signal;

export type RelayOptions = {
  readonly db: Database;
  readonly outbox: PostgresEventLog;
  readonly to: Pick<EventLog, 'publish'>;
  /** Who publishes, in the table: another name for each process. */
  readonly holder: string;
  onFailure?(error: unknown): void;
};

export type Relay = AsyncDisposable & {
  /** Whether this process is the one that publishes. */
  readonly active: boolean;
  /**
   * Events that stand in the outbox and are not yet published, all of them, and for how long the oldest, ms.
   * By positions, which have no gaps behind what is published: as cheap with a million as with none.
   */
  pending(): Promise<{ readonly events: number; readonly oldestMs: number }>;
  /** Milliseconds since it last got on: published, found nothing, or left it to another process. */
  silentMs(): number;
};

/**
 * Publishes what a service has recorded, in the order in which it was, for ever. At least once: what was
 * published and not yet noted down comes again after a crash, and readers drop it.
 */
export function startRelay(options: RelayOptions): Relay {
  const { db, outbox, holder } = options;
  const schema = identifier(outbox.schema);
  const hold = statement(`select ${schema}.hold_relay($1, $2) as position`);
  const advance = statement(`select ${schema}.advance_relay($1, $2, $3) as position`);
  const release = statement(
    `update ${schema}.relay set until = '-infinity', holder = '' where holder = $1`,
  );
  const waiting = statement(
    `select greatest(h.next - 1 - r.position, 0)::float8 as events,
            coalesce(greatest(extract(epoch from clock_timestamp() - (
              select substring(e.body from '"recordedat":"([^"]+)"')::timestamptz from ${schema}.incident_event e
              where e.position > r.position order by e.position limit 1)), 0), 0)::float8 * 1000 as "oldestMs"
     from ${schema}.head h cross join ${schema}.relay r where h.topic = 'incidents'`,
  );
  const stop = new AbortController();
  /** Ends the wait for a log that takes nothing, when the process is to end. */
  let abandon: (() => void) | undefined;
  let active = false;
  let reached = 0;
  let gotOnMs = performance.now();

  /** Takes or keeps the relay, and learns how far it has got; false when another process has it. */
  async function mine(query: Query): Promise<boolean> {
    const [row] = await db.query<{ position: number | null }>(query);
    if (row?.position == null) return false;
    reached = row.position;
    gotOnMs = performance.now();
    return true;
  }
  const keep = () => mine({ ...hold, values: [holder, HOLD_MS] });

  /** Publishes while it is this process's to do so; resolves when it is no longer, or at the end. */
  async function relay(): Promise<void> {
    if (!(await keep())) return;
    active = true;
    const lost = new AbortController();
    await using reader = await outbox.subscribe({
      topic: 'incidents',
      from: async () => (reached === 0 ? [] : [{ partition: 0, position: reached }]),
      async onBatch(records) {
        lost.signal.throwIfAborted();
        await published(records);
        const last = records.at(-1)?.position ?? reached;
        if (!(await mine({ ...advance, values: [holder, HOLD_MS, last] }))) lost.abort();
      },
    });
    const over = AbortSignal.any([lost.signal, stop.signal]);
    while (!over.aborted) {
      await pause(RENEW_MS, over);
      if (!over.aborted && !(await keep())) return;
    }
    if (!lost.signal.aborted) await emptied(reader);
  }

  function published(records: readonly LogRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      abandon = () => reject(new Error('the process ends'));
      options.to.publish('incidents', records).then(resolve, reject);
    });
  }

  /** What was recorded last is published before the process ends. */
  async function emptied(reader: Subscription): Promise<void> {
    const patience = performance.now() + LAST_MS;
    while (performance.now() < patience && (await reader.lag()) > 0) {
      await pause(RETRY_MS / 10, NEVER);
    }
    abandon?.();
    await db.execute({ ...release, values: [holder] });
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const failed = await relay().then(
        () => false,
        (error: unknown) => {
          options.onFailure?.(error);
          return true;
        },
      );
      active = false;
      if (!failed) gotOnMs = performance.now();
      await pause(failed ? RETRY_MS : STANDBY_MS, stop.signal);
    }
  }

  const running = run();
  return {
    get active() {
      return active;
    },
    async pending() {
      const [row] = await db.query<{ events: number; oldestMs: number }>(waiting);
      return row ?? { events: 0, oldestMs: 0 };
    },
    silentMs: () => performance.now() - gotOnMs,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
