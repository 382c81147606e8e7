import { type Stage, stages } from '@cityloop/contracts';
import { outboxSchema } from '@cityloop/event-log';
import { identifier, type Queryable } from '@cityloop/postgres';
import type { Findings } from './findings.ts';
import { feed } from './tables.ts';
import type { Waiting } from './waiting.ts';

type Place = { readonly incident_id: string; readonly version: number };

const NAMED = 20;

/**
 * I2 where the log stands elsewhere: what the services have recorded and what the ledger was given are the same,
 * word for word. Answers the incidents of which something is still on its way to the ledger.
 */
export async function checkOutboxes(
  db: Queryable,
  waiting: Waiting,
  findings: Findings,
): Promise<ReadonlySet<string>> {
  const underWay = new Set<string>();
  for (const stage of stages) {
    for (const id of await onTheWay(db, stage, waiting, findings)) underWay.add(id);
    await checkWords(db, stage, findings);
    await checkRelay(db, stage, waiting);
  }
  await checkFeed(db, waiting);
  return underWay;
}

const eventsOf = (stage: Stage): string => `${identifier(outboxSchema(stage))}.incident_event`;

async function onTheWay(
  db: Queryable,
  stage: Stage,
  waiting: Waiting,
  findings: Findings,
): Promise<readonly string[]> {
  const [all] = await db.query<{ n: number }>({
    text: `select count(*) as n from ${eventsOf(stage)}`,
  });
  findings.looked('I2', 'recorded events', all?.n ?? 0);
  const rows = await db.query<{ id: string; n: number; since: string }>({
    text: `select o.incident_id as id, count(*) as n,
                  min(substring(o.body from '"recordedat":"([^"]+)"')) as since
           from ${eventsOf(stage)} o
           where not exists (select from incident_event e
                             where e.incident_id = o.incident_id and e.version = o.version)
           group by o.incident_id`,
  });
  for (const { n, since } of rows) {
    waiting.add(`events of ${stage} the ledger has not got`, Date.parse(since), { count: n });
  }
  return rows.map(({ id }) => id);
}

async function checkWords(db: Queryable, stage: Stage, findings: Findings): Promise<void> {
  const changed = await db.query<Place>({
    text: `select o.incident_id, o.version
           from ${eventsOf(stage)} o join incident_event e using (incident_id, version)
           where o.body <> e.body limit ${NAMED}`,
  });
  for (const { incident_id: incidentId, version } of changed) {
    findings.found('I2', `the ledger has other words than ${stage} has recorded`, {
      incidentId,
      version,
    });
  }
  const foreign = await db.query<Place>({
    text: `select e.incident_id, e.version from incident_event e
           where starts_with(e.body, $1)
             and substring(e.body from '"recordedat":"([^"]+)"')
                 >= (select before from ${identifier(outboxSchema(stage))}.tidied)
             and not exists (select from ${eventsOf(stage)} o
                             where o.incident_id = e.incident_id and o.version = e.version)
           limit ${NAMED}`,
    values: [`{"type":"cn.cityloop.${stage}.`],
  });
  for (const { incident_id: incidentId, version } of foreign) {
    findings.found('I2', `the ledger has an event of ${stage} that ${stage} has not recorded`, {
      incidentId,
      version,
    });
  }
}

async function checkRelay(db: Queryable, stage: Stage, waiting: Waiting): Promise<void> {
  const [row] = await db.query<{ n: number; since: string | null }>({
    text: `select count(*) as n, min(substring(body from '"recordedat":"([^"]+)"')) as since
           from ${eventsOf(stage)}
           where position > (select position from ${identifier(outboxSchema(stage))}.relay)`,
  });
  if (row === undefined || row.n === 0) return;
  waiting.add(`events of ${stage} not published`, Date.parse(row.since ?? ''), { count: row.n });
}

async function checkFeed(db: Queryable, waiting: Waiting): Promise<void> {
  const [row] = await db.query<{ n: number; since: string | null }>({
    text: `select count(*) as n, min(substring(e.body from '"recordedat":"([^"]+)"')) as since
           from incident_event e
           where not exists (select from ${feed}.incident_event f
                             where f.incident_id = e.incident_id and f.version = e.version)`,
  });
  if (row === undefined || row.n === 0) return;
  const since = Date.parse(row.since ?? '');
  waiting.add('events the live picture was not given', since, { count: row.n });
}
