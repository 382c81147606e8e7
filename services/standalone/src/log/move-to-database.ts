import { type Stage, stages } from '@cityloop/contracts';
import {
  type EventLog,
  LOG_SCHEMA,
  migrateEventLog,
  outboxSchema,
  type Publication,
  scan,
} from '@cityloop/event-log';
import { type Database, identifier, type Queryable } from '@cityloop/postgres';
import {
  assertMovable,
  assertTaken,
  assertWithin,
  forgetLadders,
  refuse,
  samePlace,
} from './movable.ts';

/**
 * Moves a stopped system's log into its database: the ledger's words become the log, at their positions. The
 * topics are left as they are. Answers how many events were moved.
 *
 * @throws InvalidInput `LOG_MOVE_…` that says what stands against it; nothing is changed then
 */
export async function moveToDatabase(db: Database, log: EventLog): Promise<number> {
  await assertMovable(db);
  for (const stage of stages) await assertPublished(db, stage);
  await assertTaken(db, 'ledger');
  const policy: Publication[] = [];
  await scan(log, 'policy', async (records) => {
    policy.push(...records.map(({ key, body }) => ({ key, body })));
  });
  await migrateEventLog(db);
  return db.transaction(async (tx) => {
    await tx.execute({
      text: `insert into ${LOG_SCHEMA}.incident_event select * from ledger.incident_event`,
    });
    const [head] = await tx.query<{ next: number }>({
      text: `update ${LOG_SCHEMA}.head h set next = l.next from ledger.head l
             where h.topic = 'incidents' and l.topic = 'incidents' returning h.next`,
    });
    await tx.query({
      text: `select ${LOG_SCHEMA}.append_records('policy', $1, $2)`,
      values: [policy.map(({ key }) => key), policy.map(({ body }) => body)],
    });
    for (const stage of stages) await pointAtEnd(tx, stage);
    // It has another feed's positions: read from the start it drops what it knows.
    await tx.execute({ text: 'delete from monitor.log_offset' });
    await forgetLadders(tx);
    await samePlace(tx, LOG_SCHEMA, ['ledger'], []);
    // Not all of it: what nobody needed there any more has been taken out.
    await assertWithin(tx, LOG_SCHEMA, stages.map(outboxSchema));
    for (const schema of ['ledger', 'monitor_feed', ...stages.map(outboxSchema)]) {
      await tx.execute({ text: `drop schema ${identifier(schema)} cascade` });
    }
    return (head?.next ?? 1) - 1;
  });
}

/** That all a stage has recorded is published, and in the ledger. */
async function assertPublished(db: Database, stage: Stage): Promise<void> {
  const outbox = identifier(outboxSchema(stage));
  const [row] = await db.query<{ unpublished: number; unknown: number }>({
    text: `select count(*) filter (where o.position > r.position) as unpublished,
                  count(*) filter (where e.incident_id is null) as unknown
           from ${outbox}.incident_event o
           cross join ${outbox}.relay r
           left join ledger.incident_event e using (incident_id, version)`,
  });
  if (row === undefined || row.unpublished + row.unknown === 0) return;
  throw refuse(
    'LOG_MOVE_BEHIND',
    `${row.unpublished} events of ${stage} are not published and ${row.unknown} not in the ledger: start everything, wait until it is quiet, stop it and try again`,
  );
}

async function pointAtEnd(tx: Queryable, stage: Stage): Promise<void> {
  await tx.execute({ text: `delete from ${stage}.log_offset where topic = 'incidents'` });
  await tx.execute({
    text: `insert into ${stage}.log_offset (topic, partition, position, event_id)
           select 'incidents', 0, position, substring(body from '"id":"([^"]+)"')
           from ${LOG_SCHEMA}.incident_event order by position desc limit 1`,
  });
}
