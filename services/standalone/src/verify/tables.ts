import { type Stage, stages } from '@cityloop/contracts';
import { LOG_SCHEMA } from '@cityloop/event-log';
import { InvalidInput } from '@cityloop/kernel';
import { identifier, type Queryable, statement } from '@cityloop/postgres';

/** The names of the tables, as they stand in SQL. */
export const log = identifier(LOG_SCHEMA);
export const schemaOf = (stage: Stage): string => identifier(stage);
export const archive = schemaOf('archive');
export const intake = schemaOf('intake');
export const monitor = identifier('monitor');

/** A time column as whole milliseconds, cut off as our own ISO texts are. */
export const msOf = (column: string): string => `floor(extract(epoch from ${column}) * 1000)::int8`;

const needed = [
  ...stages.flatMap((stage) =>
    ['incident', 'command_key', 'log_offset', 'parked', 'ask'].map((t) => `${stage}.${t}`),
  ),
  `${LOG_SCHEMA}.head`,
  `${LOG_SCHEMA}.incident_event`,
  `${LOG_SCHEMA}.record`,
  'archive.ledger_block',
  'intake.source',
  'monitor.incident',
  'monitor.log_offset',
];

/** Throws `InvalidInput` `VERIFY_NO_RUN` when the database is not one the loop has run on. */
export async function refuseForeign(db: Queryable): Promise<void> {
  const missing = await db.query<{ name: string }>({
    text: 'select name from unnest($1::text[]) as name where to_regclass(name) is null',
    values: [needed],
  });
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  throw new InvalidInput(
    'VERIFY_NO_RUN',
    `CityLoop has not run on this database: it has no ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}`,
    { missing: names },
  );
}

/** How far a reader says it has read; nothing at all is 0. */
export type Offset = {
  readonly reader: string;
  readonly position: number;
  readonly eventId: string;
};

const offsets = statement(
  [
    ...stages.map(
      (stage) =>
        `select '${stage}' as reader, position, event_id from ${schemaOf(stage)}.log_offset where topic = 'incidents'`,
    ),
    `(select 'ledger', last_position, last_event_id from ${archive}.ledger_block
      order by block desc limit 1)`,
    `select 'monitor', position, event_id from ${monitor}.log_offset where topic = 'incidents'`,
  ].join(' union all '),
);

/** The offsets of the five stages, the ledger and the live picture; absent for one that never read. */
export async function readOffsets(db: Queryable): Promise<ReadonlyMap<string, Offset>> {
  const rows = await db.query<{ reader: string; position: number; event_id: string }>(offsets);
  return new Map(
    rows.map((r) => [r.reader, { reader: r.reader, position: r.position, eventId: r.event_id }]),
  );
}
