import { type Database, statement } from '@cityloop/postgres';
import type { Armed, Due, Place, TimerRows } from '@cityloop/timers';

/** When the incidents of a stage need looking at, by their rows; `schema` is a quoted identifier. */
export function postgresTimerRows(db: Database, schema: string): TimerRows {
  const sql = statements(schema);
  return {
    due: (nowMs, limit, after) =>
      db.query<Armed>({
        ...sql.due,
        values: [nowMs, limit, after?.dueMs ?? null, after?.id ?? null],
      }),
    async nextDueMs(afterMs) {
      const rows = await db.query<{ at: number | null }>({
        ...sql.nextDue,
        values: [afterMs ?? null],
      });
      return rows[0]?.at ?? undefined;
    },
    async dues(ids) {
      const rows = await db.query<Armed>({ ...sql.dues, values: [ids] });
      return new Map(rows.map((row): [string, Place] => [row.id, row]));
    },
    countdown: (centreId, limit) => db.query<Due>({ ...sql.countdown, values: [centreId, limit] }),
  };
}

const DUE_MS = '(extract(epoch from next_due_at) * 1000)::int8';

function statements(schema: string) {
  const armed = `select incident_id as id, centre_id as "centreId", ${DUE_MS} as "dueMs"
                 from ${schema}.incident`;
  return {
    due: statement(
      `${armed}
       where next_due_at <= to_timestamp($1::float8 / 1000)
         and ($3::float8 is null
              or (next_due_at, incident_id) > (to_timestamp($3::float8 / 1000), $4::uuid))
       order by next_due_at, incident_id limit $2`,
    ),
    nextDue: statement(
      `select (extract(epoch from min(next_due_at)) * 1000)::int8 as at from ${schema}.incident
       where next_due_at > coalesce(to_timestamp($1::float8 / 1000), '-infinity')`,
    ),
    dues: statement(`${armed} where incident_id = any($1::uuid[]) and next_due_at is not null`),
    countdown: statement(
      `select incident_id as id, ${DUE_MS} as "dueMs" from ${schema}.incident
       where held and centre_id = $1 and next_due_at is not null
       order by next_due_at, incident_id limit $2`,
    ),
  };
}
