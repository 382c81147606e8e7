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
  readonly open?: boolean | undefined;
  readonly text?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  /** The last row of the page before: its time (ms) and id. */
  readonly after?: { readonly ms: number; readonly id: string } | undefined;
};

export type Nearby = {
  readonly lon: number;
  readonly lat: number;
  readonly category: string;
  readonly metres: number;
  readonly sinceMs: number;
};

export type Search = {
  find(subject: Subject, query: SearchQuery): Promise<readonly (PictureRow & { ms: number })[]>;
  get(incidentId: string): Promise<PictureRow | undefined>;
  byNumber(number: string): Promise<PictureRow | undefined>;
  /** Open incidents of one small category around a point, the nearest first. */
  nearby(near: Nearby): Promise<readonly PictureRow[]>;
  /** How many are in each status, within the caller's scope. */
  counts(subject: Subject): Promise<readonly { status: string; overdue: boolean; n: number }[]>;
};

const unitRoles = new Set(['unit-member', 'unit-leader']);
const METRES_PER_DEGREE = 111_320;

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
  return { sql: `(${parts.join(' or ')})`, values };
}

/** Search over the live picture. */
export function createSearch(db: Database, schemaName: string): Search {
  const table = `${identifier(schemaName)}.incident`;
  return {
    async find(subject, query) {
      const where: string[] = [];
      const values: unknown[] = [];
      const and = (sql: (n: string) => string, value: unknown) => {
        values.push(value);
        where.push(sql(`$${values.length}`));
      };
      if (query.area) {
        and(
          (n) => `(ground like ${n} or owner_centre like ${n} or centre like ${n})`,
          `${query.area}%`,
        );
      }
      if (query.status) and((n) => `status = any(${n})`, query.status);
      if (query.unit) and((n) => `${n} = any(units)`, query.unit);
      if (query.category) and((n) => `category_code like ${n}`, `${query.category}%`);
      if (query.channel) and((n) => `channel = ${n}`, query.channel);
      if (query.overdue !== undefined) and((n) => `overdue = ${n}`, query.overdue);
      if (query.open === true) where.push('ended_at is null');
      if (query.open === false) where.push('ended_at is not null');
      if (query.text) {
        const like = `%${query.text.replaceAll(/[\\%_]/g, (c) => `\\${c}`)}%`;
        and(
          (n) =>
            `(description ilike ${n} or address ilike ${n} or number ilike ${n} or external_number ilike ${n})`,
          like,
        );
      }
      if (query.from) and((n) => `reported_at >= ${n}`, query.from);
      if (query.to) and((n) => `reported_at < ${n}`, query.to);
      if (query.after) {
        values.push(query.after.ms, query.after.id);
        where.push(
          `(reported_at, incident_id) < (to_timestamp($${values.length - 1}::float8 / 1000), $${values.length}::uuid)`,
        );
      }
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
    async nearby({ lon, lat, category, metres, sinceMs }) {
      const dLat = metres / METRES_PER_DEGREE;
      const dLon = dLat / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
      return db.query<PictureRow>({
        text: `select * from (
                 select *, sqrt(power((lon - $1) * cos(radians($2)), 2) + power(lat - $2, 2)) * ${METRES_PER_DEGREE} as metres
                 from ${table}
                 where reported_at >= to_timestamp($3::float8 / 1000) and ended_at is null
                   and category_code = $4 and lon between $1 - $5 and $1 + $5 and lat between $2 - $6 and $2 + $6
               ) near where metres <= $7 order by metres limit 5`,
        values: [lon, lat, sinceMs, category, dLon, dLat, metres],
      });
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
