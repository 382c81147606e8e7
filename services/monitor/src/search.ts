import type { Subject } from '@cityloop/contracts';
import { type Database, identifier } from '@cityloop/postgres';
import type { PictureRow } from './row.ts';

export type SearchQuery = {
  readonly area?: string | undefined;
  readonly status?: readonly string[] | undefined;
  readonly unit?: string | undefined;
  readonly category?: string | undefined;
  readonly channel?: string | undefined;
  readonly overdue?: boolean | undefined;
  readonly supervised?: boolean | undefined;
  readonly open?: boolean | undefined;
  readonly text?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  /** The last row of the page before: its time (ms) and id. */
  readonly after?: { readonly ms: number; readonly id: string } | undefined;
};

export type Search = {
  find(subject: Subject, query: SearchQuery): Promise<readonly (PictureRow & { ms: number })[]>;
  get(incidentId: string): Promise<PictureRow | undefined>;
  byNumber(number: string): Promise<PictureRow | undefined>;
  /** How many are in each status, within the caller's scope. */
  counts(subject: Subject): Promise<readonly { status: string; overdue: boolean; n: number }[]>;
};

const unitRoles = new Set(['unit-member', 'unit-leader']);

/** The caller's scope as SQL, the same rule as `mayRead`; `$n` numbering begins at `first`. */
function scope(subject: Subject, first: number): { sql: string; values: unknown[] } {
  if (subject.roles.includes('system')) return { sql: 'true', values: [] };
  const parts = [`discovered_by = $${first}`];
  const values: unknown[] = [subject.id];
  if (subject.unitId !== undefined && subject.roles.some((role) => unitRoles.has(role))) {
    values.push(subject.unitId);
    parts.push(`$${first + values.length - 1} = any(units)`);
  }
  const seated = subject.roles.some((role) => !unitRoles.has(role) && role !== 'citizen');
  const areas = subject.grids ?? [subject.area];
  if (seated && subject.area !== '') {
    values.push(areas.map((area) => `${area}%`));
    const n = `$${first + values.length - 1}`;
    parts.push(
      `ground like any(${n}) or owner_centre like any(${n}) or centre like any(${n})
       or exists (select from unnest(disputed) d where d like any(${n}))`,
    );
  }
  values.push(subject.centreId ?? '', subject.unitId ?? '');
  const last = first + values.length - 1;
  const aside = `against_centre is distinct from $${last - 1} and against_unit is distinct from $${last}`;
  return { sql: `(${parts.join(' or ')}) and ${aside}`, values };
}

/** What each term asks of a row, `?` standing for its value; terms that are not given ask nothing. */
const terms: { readonly [T in keyof SearchQuery]?: string } = {
  status: 'status = any(?)',
  unit: '? = any(units)',
  channel: 'channel = ?',
  overdue: 'overdue = ?',
  supervised: 'supervised = ?',
  from: 'reported_at >= ?',
  to: 'reported_at < ?',
};

/** The query's terms as SQL; the values of `like` patterns are escaped. */
function conditions(query: SearchQuery): { where: string[]; values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  const and = (sql: string, value: unknown): void => {
    values.push(value);
    where.push(sql.replaceAll('?', `$${values.length}`));
  };
  for (const [term, sql] of Object.entries(terms)) {
    const value = query[term as keyof SearchQuery]; // the keys of `terms` are the query's
    if (value !== undefined) and(sql, value);
  }
  if (query.area !== undefined) {
    and('(ground like ? or owner_centre like ? or centre like ?)', `${query.area}%`);
  }
  if (query.category !== undefined) and('category_code like ?', `${query.category}%`);
  if (query.open !== undefined) where.push(`ended_at is ${query.open ? '' : 'not '}null`);
  if (query.text !== undefined && query.text !== '') {
    const like = `%${query.text.replaceAll(/[\\%_]/g, (c) => `\\${c}`)}%`;
    and(
      '(description ilike ? or address ilike ? or number ilike ? or external_number ilike ?)',
      like,
    );
  }
  if (query.after !== undefined) {
    values.push(query.after.ms, query.after.id);
    const [ms, id] = [values.length - 1, values.length];
    where.push(`(reported_at, incident_id) < (to_timestamp($${ms}::float8 / 1000), $${id}::uuid)`);
  }
  return { where, values };
}

/** Search over the live picture. */
export function createSearch(db: Database, schemaName: string): Search {
  const table = `${identifier(schemaName)}.incident`;
  return {
    async find(subject, query) {
      const { where, values } = conditions(query);
      const scoped = scope(subject, values.length + 1);
      values.push(...scoped.values, query.limit);
      return db.query<PictureRow & { ms: number }>({
        text: `select *, (extract(epoch from reported_at) * 1000)::int8 as ms from ${table}
               where ${[...where, scoped.sql].join(' and ')}
               order by reported_at desc, incident_id desc limit $${values.length}`,
        values,
      });
    },
    async get(incidentId) {
      const rows = await db.query<PictureRow>({
        text: `select * from ${table} where incident_id = $1`,
        values: [incidentId],
      });
      return rows[0];
    },
    async byNumber(number) {
      const rows = await db.query<PictureRow>({
        text: `select * from ${table} where number = $1`,
        values: [number],
      });
      return rows[0];
    },
    async counts(subject) {
      const scoped = scope(subject, 1);
      return db.query({
        text: `select status, overdue, count(*)::int as n from ${table}
               where ${scoped.sql} group by status, overdue`,
        values: scoped.values,
      });
    },
  };
}
