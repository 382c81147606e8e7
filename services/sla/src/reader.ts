import type { EventLog, LogRecord, Stored, Subscription } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';

/** What sets a clock's mark, or makes the marks of an import count. */
const marks: ReadonlySet<string> = new Set(['clock-warned', 'clock-overdue', 'went-live']);
/** What changes no clock and ends nothing. */
const talk: ReadonlySet<string> = new Set([
  'noted',
  'urged',
  'supervised',
  'supervision-replied',
  'supervision-withdrawn',
]);

/** Nobody waits for it but a ladder, whose rungs are minutes apart. */
const GATHER_MS = 20;

/**
 * Reads the log for marks, and for whatever moves an incident that has one. Nothing is parsed: a record's first
 * bytes tell which incident to look at again, and what is to be done its custodian's state tells then. The
 * offset is stored with the effect; `wake` is called when there is something to look at.
 */
export function startReader(options: {
  readonly db: Database;
  readonly log: EventLog;
  readonly schema: string;
  wake(): void;
}): Promise<Subscription> {
  const { db, log, wake } = options;
  const schema = identifier(options.schema);
  const take = statement(`select ${schema}.take($1, $2, $3, $4)`);
  const stored = statement(
    `select partition, position, event_id from ${schema}.log_offset where topic = 'incidents'`,
  );
  const forget = statement(
    `delete from ${schema}.log_offset where topic = 'incidents' and partition = $1`,
  );
  return log.subscribe({
    topic: 'incidents',
    group: options.schema,
    gatherMs: GATHER_MS,
    async from(): Promise<readonly Stored[]> {
      const rows = await db.query<{ partition: number; position: number; event_id: string }>(
        stored,
      );
      return rows.map((r) => ({
        partition: r.partition,
        position: r.position,
        eventId: r.event_id,
      }));
    },
    async replaced(partition) {
      await db.execute({ ...forget, values: [partition] });
    },
    async onBatch(records) {
      const last = records.findLast((record) => eventIdOf(record) !== undefined);
      if (last === undefined) return;
      const events = records.flatMap(lookedAt);
      await db.query({
        ...take,
        values: [JSON.stringify(events), last.partition, last.position, eventIdOf(last)],
      });
      if (events.length > 0) wake();
    },
  });
}

type LookedAt = { readonly id: string; readonly version: number; readonly mark: boolean };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function lookedAt(record: LogRecord): readonly LookedAt[] {
  const type = record.type();
  const version = record.version();
  if (type === undefined || version === undefined || !UUID.test(record.key)) return [];
  const fact = type.slice(type.indexOf('.') + 1);
  return talk.has(fact) ? [] : [{ id: record.key, version, mark: marks.has(fact) }];
}

/** By its first bytes, of those this process has not written itself. */
function eventIdOf(record: LogRecord): string | undefined {
  return /"id":"([^"\\]{1,64})"/.exec(record.body.slice(0, 300))?.[1];
}
