import { behind, type EventLog, type Position } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';

/** Where the written picture ends: what comes behind is to be read. `anew`: the log is another one. */
export async function readFrom(
  db: Database,
  log: EventLog,
  schema: string,
): Promise<{ readonly starts: readonly Position[]; readonly anew: boolean }> {
  const stored = await db.query<{ position: number; event_id: string }>(
    statement(
      `select position, event_id from ${identifier(schema)}.log_offset where topic = 'incidents'`,
    ),
  );
  const starts = await behind(
    log,
    'incidents',
    stored.map((s) => ({ partition: 0, position: s.position, eventId: s.event_id })),
  );
  return { starts, anew: stored.length > 0 && starts[0]?.position === 1 };
}
