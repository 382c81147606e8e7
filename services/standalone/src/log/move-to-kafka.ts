import { type Stage, stages } from '@cityloop/contracts';
import {
  type EventLog,
  LOG_SCHEMA,
  migrateLog,
  outboxSchema,
  type Publication,
} from '@cityloop/event-log';
import { type Database, identifier, type Queryable } from '@cityloop/postgres';
import { assertMovable, assertTaken, forgetLadders, refuse, samePlace } from './movable.ts';

const PAGE = 500;
const COPIES = ['ledger', 'monitor_feed'] as const;

/**
 * Moves a stopped system's log from its database to another log, which has to be empty: what the readers of
 * everything know by position keeps its position, so that blocks of the ledger stay as they are. Answers how
 * many events were moved.
 *
 * @throws InvalidInput `LOG_MOVE_…` that says what stands against it; nothing is changed in the database then
 */
export async function moveToKafka(
  db: Database,
  log: EventLog,
  onProgress: (events: number) => void = () => undefined,
): Promise<number> {
  await assertMovable(db);
  const ends = await log.ends('incidents');
  if ([...ends, ...(await log.ends('policy'))].some(({ position }) => position > 1)) {
    throw refuse(
      'LOG_MOVE_NOT_EMPTY',
      'the topics have records already: delete them, or name others with KAFKA_PREFIX',
    );
  }
  await assertTaken(db, LOG_SCHEMA);
  for (const schema of COPIES) await migrateLog(db, schema, 'copy');
  for (const stage of stages) await migrateLog(db, outboxSchema(stage), 'outbox');
  await publishAll(db, log, 'policy', () => undefined);
  const events = await publishAll(db, log, 'incidents', onProgress);
  const offsets = await lastOf(log);
  await db.transaction(async (tx) => {
    for (const schema of COPIES) await fillCopy(tx, schema, offsets);
    for (const stage of stages) await fillOutbox(tx, stage, offsets);
    await forgetLadders(tx);
    await samePlace(tx, LOG_SCHEMA, COPIES, stages.map(outboxSchema));
    await tx.execute({ text: `drop schema ${identifier(LOG_SCHEMA)} cascade` });
  });
  return events;
}

async function publishAll(
  db: Database,
  log: EventLog,
  topic: 'incidents' | 'policy',
  onProgress: (records: number) => void,
): Promise<number> {
  const from =
    topic === 'incidents'
      ? `select position, incident_id as key, body from ${LOG_SCHEMA}.incident_event where position > $1`
      : `select position, key, body from ${LOG_SCHEMA}.record where topic = 'policy' and position > $1`;
  let after = 0;
  let published = 0;
  for (;;) {
    const rows = await db.query<Publication & { position: number }>({
      text: `${from} order by position limit ${PAGE}`,
      values: [after],
    });
    const last = rows.at(-1);
    if (last === undefined) return published;
    await log.publish(
      topic,
      rows.map(({ key, body }) => ({ key, body })),
    );
    after = last.position;
    published += rows.length;
    onProgress(published);
  }
}

type Last = { readonly partition: number; readonly position: number; readonly eventId: string };

/** The last record of each partition: up to there everybody has read. */
async function lastOf(log: EventLog): Promise<readonly Last[]> {
  const found: Last[] = [];
  for (const { partition, position } of await log.ends('incidents')) {
    const [record] = await log.read('incidents', { partition, position: position - 1 }, 1);
    const decoded = record?.decoded();
    if (record === undefined || decoded?.kind !== 'event') continue;
    found.push({ partition, position: record.position, eventId: decoded.event.id });
  }
  return found;
}

const columns = (offsets: readonly Last[]): unknown[] => [
  offsets.map((o) => o.partition),
  offsets.map((o) => o.position),
  offsets.map((o) => o.eventId),
];

async function fillCopy(tx: Queryable, schema: string, offsets: readonly Last[]): Promise<void> {
  await tx.execute({
    text: `insert into ${schema}.incident_event select * from ${LOG_SCHEMA}.incident_event`,
  });
  await tx.execute({
    text: `update ${schema}.head h set next = l.next from ${LOG_SCHEMA}.head l
           where h.topic = 'incidents' and l.topic = 'incidents'`,
  });
  await tx.execute({
    text: `insert into ${schema}.copied (partition, position, event_id)
           select * from unnest($1::int[], $2::bigint[], $3::text[])`,
    values: columns(offsets),
  });
}

/** What a stage has recorded itself, and the hand-overs that its states begin with. */
async function fillOutbox(tx: Queryable, stage: Stage, offsets: readonly Last[]): Promise<void> {
  const outbox = identifier(outboxSchema(stage));
  await tx.execute({
    text: `insert into ${outbox}.incident_event (incident_id, version, position, body)
           select incident_id, version, row_number() over (order by position), body
           from ${LOG_SCHEMA}.incident_event where starts_with(body, $1)`,
    values: [`{"type":"cn.cityloop.${stage}.`],
  });
  await tx.execute({
    text: `update ${outbox}.head set next = 1 + (select count(*) from ${outbox}.incident_event)`,
  });
  await tx.execute({
    text: `update ${outbox}.relay set position = (select count(*) from ${outbox}.incident_event)`,
  });
  await tx.execute({
    text: `insert into ${outbox}.taken (incident_id, version, body)
           select e.incident_id, e.version, e.body
           from ${stage}.incident i
           join ${LOG_SCHEMA}.incident_event e on e.incident_id = i.incident_id and e.version = i.since
           where i.held`,
  });
  await tx.execute({ text: `delete from ${stage}.log_offset where topic = 'incidents'` });
  await tx.execute({
    text: `insert into ${stage}.log_offset (topic, partition, position, event_id)
           select 'incidents', * from unnest($1::int[], $2::bigint[], $3::text[])`,
    values: columns(offsets),
  });
}
