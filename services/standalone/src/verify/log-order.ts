import { type Queryable, statement } from '@cityloop/postgres';
import type { Findings } from './findings.ts';
import type { Offset, Profile } from './tables.ts';

const incidents = statement(
  `select h.next, e.n, e.least, e.most
   from head h,
        (select count(*) as n, coalesce(min(position), 0) as least, coalesce(max(position), 0) as most
         from incident_event) e
   where h.topic = 'incidents'`,
);
const holes = statement(
  `select position, following from (
     select position, lead(position) over (order by position) as following
     from incident_event) p
   where following <> position + 1 order by position limit 20`,
);
const topics = statement(
  `select h.topic, h.next, count(r.position) as n, coalesce(max(r.position), 0) as most
   from head h left join record r using (topic)
   where h.topic <> 'incidents' group by h.topic, h.next order by h.topic`,
);
const at = statement(`select body from incident_event where position = $1`);

/**
 * I4 of the log as a whole: positions without a hole from 1 to the head in every topic, and readers that
 * remember records which are there.
 */
export async function checkLog(
  db: Queryable,
  { elsewhere }: Profile,
  offsets: ReadonlyMap<string, Offset>,
  findings: Findings,
): Promise<void> {
  const [whole] = await db.query<{ next: number; n: number; least: number; most: number }>(
    incidents,
  );
  if (whole === undefined) {
    findings.found('I4', 'the log has no head for the topic incidents');
    return;
  }
  findings.looked('I4', 'positions', whole.n);
  if (whole.n > 0 && whole.least !== 1) {
    findings.found('I4', `the log begins at position ${whole.least}`);
  }
  if (whole.most !== whole.next - 1) {
    findings.found('I4', `the log ends at ${whole.most}, its head is at ${whole.next}`);
  }
  for (const hole of await db.query<{ position: number; following: number }>(holes)) {
    findings.found('I4', `after position ${hole.position} comes ${hole.following}`);
  }
  if (!elsewhere) await checkTopics(db, findings);
  const counted = [...offsets.values()].filter(({ reader }) => !elsewhere || reader === 'ledger');
  await checkOffsets(db, whole.next, counted, findings);
}

/** The small topics, where they stand beside the events. */
async function checkTopics(db: Queryable, findings: Findings): Promise<void> {
  type Row = { topic: string; next: number; n: number; most: number };
  for (const { topic, next, n, most } of await db.query<Row>(topics)) {
    findings.looked('I4', `records of ${topic}`, n);
    if (most !== next - 1 || n !== most) {
      findings.found('I4', `topic ${topic}: ${n} records up to ${most}, its head is at ${next}`);
    }
  }
}

async function checkOffsets(
  db: Queryable,
  next: number,
  offsets: readonly Offset[],
  findings: Findings,
): Promise<void> {
  for (const { reader, position, eventId } of offsets) {
    findings.looked('I4', 'offsets');
    if (position >= next) {
      findings.found('I4', `${reader} has read to ${position}, the log ends at ${next - 1}`);
      continue;
    }
    const [record] = await db.query<{ body: string }>({ ...at, values: [position] });
    if (record?.body.includes(`"id":"${eventId}"`) === true) continue;
    findings.found('I4', `${reader} has read ${eventId} at ${position}; the log has another there`);
  }
}
