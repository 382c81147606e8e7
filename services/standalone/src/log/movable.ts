import { setTimeout as after } from 'node:timers/promises';
import { handOvers, isHandOver, stages, wireType } from '@cityloop/contracts';
import { InvalidInput } from '@cityloop/kernel';
import { type Database, identifier, type Queryable } from '@cityloop/postgres';

export const refuse = (code: string, message: string): InvalidInput =>
  new InvalidInput(code, message);

/** A process that has just ended may still be seen, ms. */
const CLOSING_MS = 5_000;
const LOOK_MS = 100;

async function connected(db: Database): Promise<number> {
  const [others] = await db.query<{ n: number }>({
    text: `select count(*) as n from pg_stat_activity
           where datname = current_database() and backend_type = 'client backend'
             and application_name like 'cityloop%' and application_name <> 'cityloop-tool'`,
  });
  return others?.n ?? 0;
}

/**
 * That nothing works on the database and nothing waits in it for the log it has now.
 *
 * @throws InvalidInput `LOG_MOVE_RUNNING`, `LOG_MOVE_PARKED`
 */
export async function assertMovable(db: Database): Promise<void> {
  const patience = performance.now() + CLOSING_MS;
  while ((await connected(db)) > 0) {
    if (performance.now() > patience) {
      throw refuse(
        'LOG_MOVE_RUNNING',
        'services are connected to this database: stop them all first',
      );
    }
    await after(LOOK_MS);
  }
  for (const stage of stages) {
    const [parked] = await db.query<{ n: number }>({
      text: `select count(*) as n from ${stage}.parked where replayed_at is null`,
    });
    if ((parked?.n ?? 0) === 0) continue;
    throw refuse(
      'LOG_MOVE_PARKED',
      `${parked?.n} records are set aside at ${stage}: replay them first, for they are known by their place in the log`,
    );
  }
}

/**
 * Has the watch over the ladders read from the start again, where it has run: what it knows falls away by its
 * own arithmetic.
 */
export async function forgetLadders(tx: Queryable): Promise<void> {
  const [found] = await tx.query<{ has: boolean }>({
    text: `select to_regclass('sla.log_offset') is not null as has`,
  });
  if (found?.has === true) await tx.execute({ text: 'delete from sla.log_offset' });
}

/**
 * That each stage has taken all that was handed over to it: what it has not read would be passed over, for
 * readers go on at the end of the log they are moved to.
 *
 * @throws InvalidInput `LOG_MOVE_BEHIND`
 */
export async function assertTaken(db: Queryable, schema: string): Promise<void> {
  const passing = Object.entries(handOvers).filter(([type]) => isHandOver(type));
  const known = stages
    .map((stage) => `select '${stage}' as stage, incident_id, version from ${stage}.incident`)
    .join(' union all ');
  const [row] = await db.query<{ n: number }>({
    text: `select count(*) as n
           from ${identifier(schema)}.incident_event e
           join unnest($1::text[], $2::text[]) as h (type, receiver)
             on h.type = substring(e.body from '^\\{"type":"([^"]+)"')
           left join (${known}) i on i.stage = h.receiver and i.incident_id = e.incident_id
           where coalesce(i.version, 0) < e.version`,
    values: [passing.map(([type]) => wireType(type)), passing.map(([, receiver]) => receiver)],
  });
  if ((row?.n ?? 0) === 0) return;
  throw refuse(
    'LOG_MOVE_BEHIND',
    `${row?.n} hand-overs have not been taken where they are meant for: start everything once more, let it come to rest, stop it and try again`,
  );
}

/**
 * That each of the parts says nothing but what the whole says, word for word; what it has no more is no
 * difference.
 *
 * @throws InvalidInput `LOG_MOVE_DIFFERS`, which undoes the transaction
 */
export async function assertWithin(
  tx: Queryable,
  whole: string,
  parts: readonly string[],
): Promise<void> {
  for (const part of parts) {
    const [row] = await tx.query<{ n: number }>({
      text: `select count(*) as n from ${identifier(part)}.incident_event p
             left join ${identifier(whole)}.incident_event w using (incident_id, version)
             where w.body is distinct from p.body`,
    });
    if ((row?.n ?? 0) === 0) continue;
    throw refuse(
      'LOG_MOVE_DIFFERS',
      `${row?.n} events of ${part} are not in ${whole}, or in other words: nothing was changed`,
    );
  }
}

type Sum = { readonly n: number; readonly words: string | null };

/**
 * Holds what was moved to what it was made of, word for word: each of the `wholes`, and all of the `parts`
 * together.
 *
 * @throws InvalidInput `LOG_MOVE_DIFFERS`, which undoes the transaction
 */
export async function samePlace(
  tx: Queryable,
  from: string,
  wholes: readonly string[],
  parts: readonly string[],
): Promise<void> {
  const original = await sumOf(tx, `${identifier(from)}.incident_event`);
  const together = parts
    .map((schema) => `select incident_id, version, body from ${identifier(schema)}.incident_event`)
    .join(' union all ');
  const sums = [
    ...(await Promise.all(wholes.map((s) => sumOf(tx, `${identifier(s)}.incident_event`)))),
    ...(parts.length === 0 ? [] : [await sumOf(tx, `(${together})`)]),
  ];
  for (const { n, words } of sums) {
    if (n === original.n && words === original.words) continue;
    throw refuse(
      'LOG_MOVE_DIFFERS',
      `${n} events were moved of ${original.n}, or their words differ: nothing was changed`,
    );
  }
}

/** How many events there are, and a sum of the hashes of what they say, whatever their order. */
async function sumOf(tx: Queryable, events: string): Promise<Sum> {
  const [sum] = await tx.query<Sum>({
    text: `select count(*) as n,
                  sum(hashtextextended(incident_id::text || version || body, 0)::numeric)::text as words
           from ${events} as e`,
  });
  return sum ?? { n: 0, words: null };
}
