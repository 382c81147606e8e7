import { setTimeout as after } from 'node:timers/promises';
import type { Database } from '@cityloop/postgres';
import type { RunningLoop } from '../src/loop.ts';

/** Resolves when nothing is due, asked, under way or unread any more. */
export async function atRest(db: Database, running: RunningLoop): Promise<void> {
  for (;;) {
    await running.settled();
    const [row] = await db.query<{ busy: number }>({ text: BUSY });
    if (row?.busy === 0) return;
    await after(50);
  }
}

const STAGES = ['intake', 'dispatch', 'handling', 'verification', 'archive'];
const COMING = STAGES.map(
  (s) => `select count(*) from ${s}.incident where next_due_at < now() + interval '1 second'
          union all select count(*) from ${s}.ask where answered_at is null`,
);
const HELD = STAGES.map((s) => `select incident_id from ${s}.incident where custodian = '${s}'`);
const BUSY = `
  select (select sum(count)::int8 from (${COMING.join(' union all ')}) c)
       + (select count(distinct incident_id) from log.incident_event)
       - (select count(*) from (${HELD.join(' union all ')}) h)
       + (select next - 1 from log.head where topic = 'incidents') * 2
       - (select max(last_position) from archive.ledger_block)
       - (select position from monitor.log_offset where topic = 'incidents') as busy`;
