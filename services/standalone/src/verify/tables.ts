import { type Stage, stages } from '@cityloop/contracts';
import { LOG_SCHEMA, outboxSchema } from '@cityloop/event-log';
import { InvalidInput } from '@cityloop/kernel';
import { identifier, type Queryable, statement } from '@cityloop/postgres';

/**
 * The names of the tables, as they stand in SQL; those of the log (`incident_event`, `head`) are found in the
 * schema it stands in.
 */
export const schemaOf = (stage: Stage): string => identifier(stage);
export const archive = schemaOf('archive');
export const intake = schemaOf('intake');
export const monitor = identifier('monitor');

/** A time column as whole milliseconds, cut off as our own ISO texts are. */
export const msOf = (column: string): string => `floor(extract(epoch from ${column}) * 1000)::int8`;

/** Where a log that stands elsewhere is kept word for word: by the ledger, and by the live picture. */
const WORDS = 'ledger';
export const feed = identifier('monitor_feed');

const needed = (elsewhere: boolean): string[] => [
  ...stages.flatMap((stage) =>
    ['incident', 'command_key', 'log_offset', 'parked', 'ask'].map((t) => `${stage}.${t}`),
  ),
  ...(elsewhere
    ? [
        `${WORDS}.incident_event`,
        'monitor_feed.incident_event',
        ...stages.map((stage) => `${outboxSchema(stage)}.incident_event`),
      ]
    : [`${LOG_SCHEMA}.incident_event`, `${LOG_SCHEMA}.record`]),
  'archive.ledger_block',
  'intake.source',
  'monitor.incident',
  'monitor.log_offset',
];

/** How the log of a run is kept. */
export type Profile = {
  /** The log stands elsewhere: services have outboxes, the ledger has a copy of all. */
  readonly elsewhere: boolean;
};

/**
 * Finds out how the run keeps its log, and lets the names of its tables mean that for the rest of the
 * transaction. Throws `InvalidInput` `VERIFY_NO_RUN` when the database is not one the loop has run on.
 */
export async function openRun(db: Queryable): Promise<Profile> {
  const [found] = await db.query<{ elsewhere: boolean }>({
    text: `select to_regclass('${WORDS}.incident_event') is not null as elsewhere`,
  });
  const elsewhere = found?.elsewhere === true;
  await refuseForeign(db, elsewhere);
  await db.query({
    text: `select set_config('search_path', $1, true)`,
    values: [elsewhere ? WORDS : LOG_SCHEMA],
  });
  return { elsewhere };
}

async function refuseForeign(db: Queryable, elsewhere: boolean): Promise<void> {
  const missing = await db.query<{ name: string }>({
    text: 'select name from unnest($1::text[]) as name where to_regclass(name) is null',
    values: [needed(elsewhere)],
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

const readers = [
  `(select 'ledger' as reader, last_position as position, last_event_id as event_id
    from ${archive}.ledger_block order by block desc limit 1)`,
  `select 'monitor', position, event_id from ${monitor}.log_offset where topic = 'incidents'`,
];
const stageReaders = stages.map(
  (stage) =>
    `select '${stage}', position, event_id from ${schemaOf(stage)}.log_offset where topic = 'incidents'`,
);
const fullOffsets = statement(readers.join(' union all '));
const offsets = statement([...readers, ...stageReaders].join(' union all '));

/**
 * How far the ledger and the live picture have read, and the five stages where they read the same log;
 * absent for one that never read. Where the log stands elsewhere the picture counts in its own feed.
 */
export async function readOffsets(
  db: Queryable,
  { elsewhere }: Profile,
): Promise<ReadonlyMap<string, Offset>> {
  const rows = await db.query<{ reader: string; position: number; event_id: string }>(
    elsewhere ? fullOffsets : offsets,
  );
  return new Map(
    rows.map((r) => [r.reader, { reader: r.reader, position: r.position, eventId: r.event_id }]),
  );
}
