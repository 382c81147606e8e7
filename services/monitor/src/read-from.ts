import type { Stored } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';

/** Where the written picture ends: what comes behind is to be read. */
export async function readFrom(db: Database, schema: string): Promise<readonly Stored[]> {
  const stored = await db.query<{ position: number; event_id: string }>(
    statement(
      `select position, event_id from ${identifier(schema)}.log_offset where topic = 'incidents'`,
    ),
  );
  return stored.map((s) => ({ partition: 0, position: s.position, eventId: s.event_id }));
}
