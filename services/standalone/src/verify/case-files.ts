import { type Stage, stages } from '@cityloop/contracts';
import { type Queryable, type Statement, statement } from '@cityloop/postgres';
import { feed, monitor, msOf, type Profile, schemaOf } from './tables.ts';

/** One version of an incident, as the log has it. */
export type Recorded = {
  readonly incident_id: string;
  readonly version: number;
  readonly position: number;
  /** Where the live picture's feed has it; null when it has not been given it. */
  readonly fed: number | null;
  readonly body: string;
};

/** One service's row of an incident. */
export type StageRow = {
  readonly incident_id: string;
  readonly stage: Stage;
  readonly version: number;
  readonly since: number;
  readonly custodian: string;
  readonly held: boolean;
  readonly status: string | null;
  readonly centre_id: string | null;
  readonly unit_id: string | null;
  readonly assists: readonly string[] | null;
  readonly awaits: readonly string[] | null;
  readonly due_ms: number | null;
  readonly has_left: boolean;
};

/** The live picture's row, times in ms; the other columns are those of `PictureRow`. */
export type PictureColumns = Readonly<Record<string, unknown>> & {
  readonly incident_id: string;
  readonly version: number;
};

/** Everything the databases have on one incident. */
export type CaseFile = {
  readonly incidentId: string;
  /** In the order of versions. */
  readonly records: readonly Recorded[];
  readonly rows: readonly StageRow[];
  readonly picture: PictureColumns | undefined;
};

/** How many events a page has, more or less: an incident is never torn apart. */
const PAGE = 2_000;
const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const RANGE = 'incident_id > $1::uuid and incident_id <= $2::uuid';

const pageEnd = statement(
  `select incident_id from incident_event where incident_id > $1::uuid
   order by incident_id, version offset ${PAGE} limit 1`,
);

const records = statement(
  `select incident_id, version, position, position as fed, body from incident_event
   where ${RANGE} order by incident_id, version`,
);
const copiedRecords = statement(
  `select incident_id, version, e.position, f.position as fed, e.body
   from incident_event e left join ${feed}.incident_event f using (incident_id, version)
   where ${RANGE} order by incident_id, version`,
);

const stageRows = statement(
  stages
    .map(
      (stage) =>
        `select '${stage}' as stage, incident_id, version, since, custodian, held, status,
                centre_id, unit_id, assists, awaits, ${msOf('next_due_at')} as due_ms, left_at is not null as has_left
         from ${schemaOf(stage)}.incident where ${RANGE}`,
    )
    .join(' union all '),
);

// Of two columns of one name the later counts: every column as it is, times as ms.
const pictures = statement(
  `select *, ${msOf('reported_at')} as reported_at, ${msOf('due_at')} as due_at,
          ${msOf('ended_at')} as ended_at, ${msOf('updated_at')} as updated_at
   from ${monitor}.incident where ${RANGE}`,
);

/** The ids of all incidents that could be, in ranges of a page each. */
async function* ranges(db: Queryable): AsyncGenerator<readonly [after: string, upTo: string]> {
  let after = FIRST;
  while (after !== LAST) {
    const [end] = await db.query<{ incident_id: string }>({ ...pageEnd, values: [after] });
    const upTo = end?.incident_id ?? LAST;
    yield [after, upTo];
    after = upTo;
  }
}

/**
 * All incidents anybody knows of, a page at a time in the order of their ids. The pages cover every
 * possible id, so that a row without a history comes up as well.
 */
export async function* caseFiles(
  db: Queryable,
  { elsewhere }: Profile,
): AsyncGenerator<readonly CaseFile[]> {
  const told = elsewhere ? copiedRecords : records;
  for await (const range of ranges(db)) yield await page(db, told, range);
}

/** The histories alone, incident by incident, in the order of versions; read by the page. */
export async function* histories(db: Queryable): AsyncGenerator<readonly Recorded[]> {
  for await (const range of ranges(db)) {
    const recorded = await db.query<Recorded>({ ...records, values: range });
    yield* Map.groupBy(recorded, (record) => record.incident_id).values();
  }
}

async function page(
  db: Queryable,
  told: Statement,
  values: readonly [string, string],
): Promise<CaseFile[]> {
  const [recorded, rows, shown] = await Promise.all([
    db.query<Recorded>({ ...told, values }),
    db.query<StageRow>({ ...stageRows, values }),
    db.query<PictureColumns>({ ...pictures, values }),
  ]);
  const recordsOf = Map.groupBy(recorded, (r) => r.incident_id);
  const rowsOf = Map.groupBy(rows, (r) => r.incident_id);
  const pictureOf = new Map(shown.map((r) => [r.incident_id, r]));
  const ids = new Set([...recordsOf.keys(), ...rowsOf.keys(), ...pictureOf.keys()]);
  return [...ids].map((incidentId) => ({
    incidentId,
    records: recordsOf.get(incidentId) ?? [],
    rows: rowsOf.get(incidentId) ?? [],
    picture: pictureOf.get(incidentId),
  }));
}
