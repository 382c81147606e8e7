import { setTimeout as after } from 'node:timers/promises';
import type { Database } from '@cityloop/postgres';
import type { RunningLoop } from '../src/loop.ts';

/** Resolves when nothing is due, asked, under way or unread any more. */
export async function atRest(db: Database, running: RunningLoop): Promise<void> {
  for (;;) {
    await running.settled();
    const elsewhere = running.stages.intake.relay !== undefined;
    const text = elsewhere ? BUSY_ELSEWHERE : BUSY;
    const [row] = await db.query<{ busy: number }>({ text });
    if (row?.busy === 0 && (await running.readers.sla?.lag()) === 0) return;
    await after(50);
  }
}

const STAGES = ['intake', 'dispatch', 'handling', 'verification', 'archive'];
const COMING = STAGES.map(
  (s) => `select count(*) from ${s}.incident where next_due_at < now() + interval '1 second'
          union all select count(*) from ${s}.ask where answered_at is null`,
);
COMING.push(
  `select count(*) from sla.watched where next_at < now() + interval '1 second'
   union all select count(*) from sla.ask where answered_at is null`,
);
const HELD = STAGES.map((s) => `select incident_id from ${s}.incident where custodian = '${s}'`);
const SEALED = '(select max(last_position) from archive.ledger_block)';
const SHOWN = `(select position from monitor.log_offset where topic = 'incidents')`;

/** What is left to do, where `recorded` has all events: read by ledger and live picture, each incident held. */
const busy = (recorded: string): string => `
  select (select sum(count)::int8 from (${COMING.join(' union all ')}) c)
       + (select count(distinct incident_id) from ${recorded})
       - (select count(*) from (${HELD.join(' union all ')}) h)
       + (select count(*) from ${recorded}) * 2 - ${SEALED} - ${SHOWN} as busy`;
const BUSY = busy('log.incident_event');
// What the ledger has may have been tidied out of them.
const WRITTEN = [...STAGES.map((s) => `${s}_outbox`), 'ledger'].map(
  (s) => `select incident_id, version from ${s}.incident_event`,
);
const BUSY_ELSEWHERE = busy(`(${WRITTEN.join(' union ')}) as o`);
