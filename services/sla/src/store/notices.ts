import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Notice } from '@cityloop/service';
import { foldedOf, type Message } from '../domain/message.ts';

/** The list of messages each person has in the application. */
export type Inbox = {
  /** The newest first; `after` is the id of the last one of the page before. */
  list(
    personId: string,
    page: {
      readonly limit: number;
      readonly after?: string | undefined;
      readonly unread?: boolean | undefined;
    },
  ): Promise<readonly Notice[]>;
  unread(personId: string): Promise<number>;
  /** Of those that have unread messages: the newest one, and how many there are. */
  newest(
    personIds: readonly string[],
  ): Promise<
    readonly { readonly personId: string; readonly id: string; readonly unread: number }[]
  >;
  /** Whether there is such a message of theirs; one that was read stays so. */
  read(personId: string, id: string): Promise<boolean>;
};

export function inbox(db: Database, schemaName: string): Inbox {
  const schema = identifier(schemaName);
  const mine = `channel = 'in-app' and state = 'sent' and person_id = $1`;
  // An entry is one message, or all that was told late at once (补报).
  const list = statement(
    `select page.entry as id, folded.* from (
       select distinct entry from ${schema}.notice
       where ${mine} and ($2::uuid is null or entry < $2) and (not $3::bool or read_at is null)
       order by entry desc limit $4) as page
     cross join lateral (
       select json_agg(json_build_object('incidentId', incident_id, 'clock', clock, 'epoch', epoch,
                'rung', rung, 'title', body->>'title', 'text', body->>'text') order by id) as messages,
              (extract(epoch from max(sent_at)) * 1000)::int8 as at_ms,
              case when bool_and(read_at is not null)
                then (extract(epoch from max(read_at)) * 1000)::int8 end as read_ms
       from ${schema}.notice where ${mine} and entry = page.entry) as folded
     order by page.entry desc`,
  );
  const unread = statement(
    `select count(distinct entry)::int as n from ${schema}.notice where ${mine} and read_at is null`,
  );
  const newest = statement(
    `select person_id as "personId", max(entry::text) as id, count(distinct entry)::int as unread
     from ${schema}.notice
     where channel = 'in-app' and state = 'sent' and read_at is null and person_id = any($1)
     group by person_id`,
  );
  const read = statement(
    `update ${schema}.notice set read_at = coalesce(read_at, now()) where ${mine} and entry = $2`,
  );
  return {
    async list(personId, { limit, after, unread: only = false }) {
      const values = [personId, after ?? null, only, limit];
      return (await db.query<Row>({ ...list, values })).flatMap(noticeOf);
    },
    async unread(personId) {
      return (await db.query<{ n: number }>({ ...unread, values: [personId] }))[0]?.n ?? 0;
    },
    newest: (personIds) => db.query({ ...newest, values: [personIds] }),
    read: async (personId, id) => (await db.execute({ ...read, values: [personId, id] })) > 0,
  };
}

type Row = {
  readonly id: string;
  readonly messages: readonly (Pick<Notice, 'incidentId' | 'clock' | 'epoch' | 'rung'> & Message)[];
  readonly at_ms: number;
  readonly read_ms: number | null;
};

function noticeOf({ id, messages, at_ms, read_ms }: Row): Notice[] {
  const [first] = messages;
  if (first === undefined) return [];
  const incidentIds = [...new Set(messages.map(({ incidentId }) => incidentId))];
  return [
    {
      ...first,
      ...foldedOf(messages),
      id,
      ...(messages.length === 1 ? {} : { incidentIds }),
      at: new Date(at_ms).toISOString(),
      ...(read_ms === null ? {} : { readAt: new Date(read_ms).toISOString() }),
    },
  ];
}

/**
 * What becomes of the messages of a 督办 when its ask has its answer: they go out when it stands, and never when
 * it was refused. When the clock was set anew under it (void), nobody was told of its rungs: they are open again,
 * for a clock that is as late as before keeps its place on the ladder. May be told twice.
 */
export function conclusions(
  db: Database,
  schemaName: string,
): (key: string, code: string | undefined) => Promise<void> {
  const schema = identifier(schemaName);
  const conclude = statement(
    `with ended as (
       update ${schema}.rung set outcome = $2 where ask = $1 and outcome is null
       returning incident_id, clock, epoch, at
     ), untold as (
       select incident_id, clock, array_agg(rung) as rungs
       from ended join ${schema}.rung using (incident_id, clock, epoch, at)
       where $2 = 'SUPERVISION_VOID' group by incident_id, clock
     ), again as (
       update ${schema}.watched w set next_at = now(), rev = rev + 1,
         clocks = jsonb_set(w.clocks::jsonb, array[u.clock, 'fired'], (
           select coalesce(jsonb_agg(id), '[]')
           from jsonb_array_elements_text(w.clocks::jsonb #> array[u.clock, 'fired']) as f (id)
           where id <> all(u.rungs)))::json
       from untold u
       where w.incident_id = u.incident_id and w.clocks::jsonb #> array[u.clock, 'fired'] is not null
     )
     update ${schema}.notice
     set state = case when $2 <> '' then 'void' when channel = 'in-app' then 'sent' else 'queued' end,
         sent_at = case when $2 = '' and channel = 'in-app' then now() end
     where ask = $1 and state = 'waiting'`,
  );
  return async (key, code = '') => {
    await db.execute({ ...conclude, values: [key, code] });
  };
}
