import type { Lamp } from '@cityloop/calendar';
import { type Database, statement } from '@cityloop/postgres';
import type { RowWrite } from './store.ts';

/** Which entries of a board are wanted; all that are given have to fit. */
export type BoardFilter = {
  /** The centre that has it in hand, or one above it. */
  readonly centreIdPrefix?: string | undefined;
  /** The unit that leads it, or whose part (协办) the entry is. */
  readonly unitId?: string | undefined;
  /** In whose hands it is. */
  readonly personId?: string | undefined;
  /** Where it lies: in one of these areas (a grid worker's grids). */
  readonly grounds?: readonly string[] | undefined;
  /** 回避: the reader's own centre and unit; what is against either is not there, as for `mayRead`. */
  readonly asideCentreId?: string | undefined;
  readonly asideUnitId?: string | undefined;
};

/**
 * One entry of a countdown: an incident by the first of its running clocks to be due, or an assisting unit's
 * part by its own. Instants are ms since the epoch; the lamp is of the moment of the answer.
 */
export type BoardEntry = {
  readonly incidentId: string;
  readonly version: number;
  readonly status: string;
  readonly centreId: string;
  readonly unitId?: string | undefined;
  readonly clock: string;
  readonly amberMs: number;
  readonly redMs: number;
  readonly lamp: Lamp;
};

/** How many entries of one centre and unit bear which lamp; `standing` have no clock that runs. */
export type LampCount = Readonly<Record<Lamp | 'standing', number>> & {
  readonly centreId: string;
  readonly unitId?: string | undefined;
};

/**
 * The boards of a stage, from its rows: the entries of what it holds, as of the last commit. Lamps follow
 * from the instants in the rows, so that they turn without anything being written.
 */
export type Boards = {
  /** What is due when, the earliest first. */
  countdownBoard(filter: BoardFilter & { readonly limit: number }): Promise<readonly BoardEntry[]>;
  lampBoard(filter: BoardFilter): Promise<readonly LampCount[]>;
};

/** One row of what is held, with the instants its lamps turn at. */
export type BoardRow = Pick<RowWrite, 'incidentId' | 'version' | 'board'> & {
  readonly status: string;
  readonly centreId: string;
  readonly unitId?: string | undefined;
};

/** The boards of rows in memory. */
export function boardsAmong(rows: () => readonly BoardRow[], nowMs: () => number): Boards {
  const find = (filter: BoardFilter) => rows().flatMap(entriesOf).filter(fits(filter));
  return {
    async countdownBoard({ limit, ...filter }) {
      return find(filter)
        .flatMap(({ people: _people, ground: _ground, against: _against, turns, ...rest }) =>
          turns === undefined ? [] : [{ ...rest, ...turns, lamp: lampAt(turns, nowMs()) }],
        )
        .toSorted((a, b) => a.redMs - b.redMs || (a.incidentId < b.incidentId ? -1 : 1))
        .slice(0, limit);
    },
    async lampBoard(filter) {
      const groups = Map.groupBy(find(filter), (e) =>
        JSON.stringify([e.centreId, e.unitId ?? null]),
      );
      return [...groups.values()].flatMap((entries) => {
        const [first] = entries;
        if (first === undefined) return [];
        const count = { green: 0, amber: 0, red: 0, standing: 0 };
        for (const { turns } of entries) {
          count[turns === undefined ? 'standing' : lampAt(turns, nowMs())]++;
        }
        const { centreId, unitId } = first;
        return [{ centreId, ...(unitId === undefined ? {} : { unitId }), ...count }];
      });
    },
  };
}

type Turns = Pick<BoardEntry, 'clock' | 'amberMs' | 'redMs'>;
type Entry = Omit<BoardEntry, keyof Turns | 'lamp'> &
  Pick<NonNullable<RowWrite['board']>, 'people' | 'ground' | 'against'> & {
    readonly turns?: Turns | undefined;
  };

function entriesOf({ board, ...row }: BoardRow): Entry[] {
  const { incidentId, version, status, centreId, unitId } = row;
  const { ground, against } = board ?? {};
  const shared = { incidentId, version, status, centreId, ground, against };
  const turns = (t: { clock: string; redAt: string; amberAt: string }): Turns => ({
    clock: t.clock,
    amberMs: Date.parse(t.amberAt),
    redMs: Date.parse(t.redAt),
  });
  const own = {
    ...shared,
    ...(unitId === undefined ? {} : { unitId }),
    people: board?.people ?? [],
    turns: board?.own && turns(board.own),
  };
  const parts = board?.assists.map((part) => ({
    ...shared,
    unitId: part.unitId,
    people: [],
    turns: turns(part),
  }));
  return [own, ...(parts ?? [])];
}

function fits(filter: BoardFilter) {
  const { centreIdPrefix = '', unitId, personId } = filter;
  return (entry: Entry): boolean =>
    entry.centreId.startsWith(centreIdPrefix) &&
    (unitId === undefined || entry.unitId === unitId) &&
    (personId === undefined || entry.people.includes(personId)) &&
    isInScope(entry, filter);
}

function isInScope({ ground, against }: Entry, filter: BoardFilter): boolean {
  const { grounds, asideCentreId, asideUnitId } = filter;
  if (against?.centreId !== undefined && against.centreId === asideCentreId) return false;
  if (against?.unitId !== undefined && against.unitId === asideUnitId) return false;
  return grounds === undefined || grounds.some((area) => ground?.startsWith(area) ?? false);
}

function lampAt({ amberMs, redMs }: Turns, nowMs: number): Lamp {
  if (redMs <= nowMs) return 'red';
  return amberMs <= nowMs ? 'amber' : 'green';
}

type EntrySql = Omit<BoardEntry, 'unitId' | 'lamp'> & { readonly unitId: string | null };
type LampSql = Omit<LampCount, 'unitId'> & { readonly unitId: string | null };

/** The boards of the rows in Postgres; `schema` is a quoted identifier. */
export function postgresBoards(db: Database, schema: string, nowMs: () => number): Boards {
  // All that is held is read along the partial index of it: the open incidents of one stage.
  const fits = `held and starts_with(centre_id, $1)
        and against_centre is distinct from $5 and against_unit is distinct from $6
        and ($4::text[] is null
             or exists (select from unnest($4::text[]) as area where starts_with(ground, area)))`;
  const entries = `
    from (
      select incident_id, version, status, centre_id, unit_id, due_clock, red_ms, amber_ms
      from ${schema}.incident
      where ${fits} and ($2::text is null or unit_id = $2)
        and ($3::text is null or $3 = any(string_to_array(people, ' ')))
      union all
      select incident_id, version, status, centre_id, part[1], 'assist:' || part[1], part[2]::int8, part[3]::int8
      from ${schema}.incident, string_to_table(assist_due, ',') as told,
           string_to_array(told, ' ') as part
      where ${fits} and assist_due is not null and $3::text is null
        and ($2::text is null or part[1] = $2)
    ) as entry`;
  const countdown = statement(
    `select incident_id as "incidentId", version, status, centre_id as "centreId", unit_id as "unitId",
            due_clock as clock, amber_ms as "amberMs", red_ms as "redMs"
     ${entries} where red_ms is not null
     order by red_ms, incident_id limit $7`,
  );
  const lamps = statement(
    `select centre_id as "centreId", unit_id as "unitId",
            count(*) filter (where red_ms <= $7::int8)::int as red,
            count(*) filter (where amber_ms <= $7::int8 and red_ms > $7::int8)::int as amber,
            count(*) filter (where amber_ms > $7::int8 and red_ms > $7::int8)::int as green,
            count(*) filter (where red_ms is null)::int as standing
     ${entries} group by centre_id, unit_id`,
  );
  const named = <T extends { readonly unitId: string | null }>({ unitId, ...row }: T) => ({
    ...row,
    ...(unitId === null ? {} : { unitId }),
  });
  const wanted = (filter: BoardFilter) => [
    filter.centreIdPrefix ?? '',
    filter.unitId ?? null,
    filter.personId ?? null,
    filter.grounds ?? null,
    // No code is empty: who is of no centre or unit has nothing to stand aside from.
    filter.asideCentreId ?? '',
    filter.asideUnitId ?? '',
  ];
  return {
    async countdownBoard(filter) {
      const values = [...wanted(filter), filter.limit];
      const rows = await db.query<EntrySql>({ ...countdown, values });
      const at = nowMs();
      return rows.map((row) => ({ ...named(row), lamp: lampAt(row, at) }));
    },
    async lampBoard(filter) {
      const rows = await db.query<LampSql>({
        ...lamps,
        values: [...wanted(filter), Math.floor(nowMs())],
      });
      return rows.map(named);
    },
  };
}

/** What the boards need of a row, as `commit_batch` takes it: eight fields, tab-separated. */
export function boardFields({ board }: RowWrite): string {
  if (board === undefined) return '\t\t\t\t\t\t\t';
  const { own, assists, people, ground = '', against = {} } = board;
  const turns = own === undefined ? '\t\t' : `${own.clock}\t${turnsOf(own, '\t')}`;
  const parts = assists.map((part) => `${part.unitId} ${turnsOf(part, ' ')}`);
  const scope = `${ground}\t${against.centreId ?? ''}\t${against.unitId ?? ''}`;
  return `${turns}\t${people.join(' ')}\t${parts.join(',')}\t${scope}`;
}

function turnsOf(
  { redAt, amberAt }: { readonly redAt: string; readonly amberAt: string },
  between: string,
): string {
  return `${Date.parse(redAt)}${between}${Date.parse(amberAt)}`;
}
