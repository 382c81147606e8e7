import { type Database, identifier, statement } from '@cityloop/postgres';
import type { DeadNotice } from '@cityloop/service';

/** The ways by which messages leave the house. */
export type Way = 'webhook' | 'email';

/** One message that is to go out. */
export type Outgoing = {
  /** The same at every try: receivers drop one they have. */
  readonly id: string;
  readonly incidentId: string;
  readonly clock: string;
  readonly epoch: number;
  readonly rung: string;
  readonly title: string;
  readonly text: string;
};

/** What goes to one person by one way, together. */
export type Bundle = {
  readonly personId: string;
  readonly channel: Way;
  readonly messages: readonly Outgoing[];
};

export type Outbox = {
  /** Bundles that are due, and this process's for as long as the lease lasts. */
  claim(most: number): Promise<readonly Bundle[]>;
  sent(ids: readonly string[]): Promise<void>;
  /** Tries them again, each time later, and in the end no more; how many were given up. */
  failed(ids: readonly string[], code: string): Promise<number>;
  dead(limit: number): Promise<readonly DeadNotice[]>;
  /** Has what was given up tried again from the start: these, or all of it. */
  resend(ids: readonly string[] | undefined): Promise<number>;
};

export type Retry = {
  /** After so many tries a message is given up. */
  readonly most: number;
  /** The first rest, doubled each time, an hour at most, s. */
  readonly firstS: number;
};

/** From so long ago on whoever claimed a message is taken for dead, s. */
const LEASE_S = 120;
const BUNDLE_MOST = 200;

export function outbox(db: Database, schemaName: string, retry: Retry): Outbox {
  const notice = `${identifier(schemaName)}.notice`;
  // Of a person's messages all go together whose time has come or that still gather, none that is under way.
  const claim = statement(
    `with ready as (
       select person_id, channel from ${notice}
       where state = 'queued' and next_at <= now() and hold_until <= now()
       group by person_id, channel order by min(next_at) limit $1
     ), picked as (
       select n.id from ready r cross join lateral (
         select id from ${notice}
         where person_id = r.person_id and channel = r.channel and state = 'queued'
           and hold_until <= now() and (next_at <= now() or attempts = 0)
         order by id limit ${BUNDLE_MOST} for update skip locked) as n
     )
     update ${notice} n set attempts = attempts + 1, next_at = now() + interval '${LEASE_S} s'
     from picked where n.id = picked.id
     returning n.id, n.person_id, n.channel, n.incident_id, n.clock, n.epoch, n.rung, n.body`,
  );
  const sent = statement(
    `update ${notice} set state = 'sent', sent_at = now(), error = null
     where id = any($1::uuid[]) and state = 'queued'`,
  );
  const failed = statement(
    `with tried as (
       update ${notice} set error = $2,
         state = case when attempts >= $3 then 'dead' else state end,
         next_at = now() + least(3600, $4 * power(2, attempts - 1)) * (0.8 + random() * 0.4) * interval '1 s'
       where id = any($1::uuid[]) and state = 'queued' returning state)
     select count(*) filter (where state = 'dead')::int as n from tried`,
  );
  const dead = statement(
    `select id, person_id, channel, incident_id, attempts, error,
            (extract(epoch from at) * 1000)::int8 as at_ms
     from ${notice} where state = 'dead' order by at limit $1`,
  );
  const resend = statement(
    `update ${notice} set state = 'queued', attempts = 0, next_at = now()
     where state = 'dead' and ($1::uuid[] is null or id = any($1))`,
  );
  return {
    async claim(most) {
      const rows = await db.query<Row>({ ...claim, values: [most] });
      const groups = Map.groupBy(rows, (row) => `${row.channel} ${row.person_id}`);
      return [...groups.values()].flatMap(bundleOf);
    },
    async sent(ids) {
      await db.execute({ ...sent, values: [ids] });
    },
    async failed(ids, code) {
      const values = [ids, code, retry.most, retry.firstS];
      return (await db.query<{ n: number }>({ ...failed, values }))[0]?.n ?? 0;
    },
    async dead(limit) {
      return (await db.query<DeadRow>({ ...dead, values: [limit] })).map((row) => ({
        id: row.id,
        personId: row.person_id,
        channel: row.channel,
        incidentId: row.incident_id,
        attempts: row.attempts,
        code: row.error ?? '',
        at: new Date(row.at_ms).toISOString(),
      }));
    },
    resend: (ids) => db.execute({ ...resend, values: [ids ?? null] }),
  };
}

type Row = {
  readonly id: string;
  readonly person_id: string;
  readonly channel: Way;
  readonly incident_id: string;
  readonly clock: string;
  readonly epoch: number;
  readonly rung: string;
  readonly body: { readonly title: string; readonly text: string };
};
type DeadRow = {
  readonly id: string;
  readonly person_id: string;
  readonly channel: string;
  readonly incident_id: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly at_ms: number;
};

function bundleOf(rows: readonly Row[]): Bundle[] {
  const [first] = rows;
  if (first === undefined) return [];
  const ordered = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const messages = ordered.map(({ id, incident_id: incidentId, clock, epoch, rung, body }) => ({
    ...{ id, incidentId, clock, epoch, rung },
    title: body.title,
    text: body.text,
  }));
  return [{ personId: first.person_id, channel: first.channel, messages }];
}
