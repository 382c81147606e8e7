import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Notice } from '@cityloop/service';

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
  const list = statement(
    `select id, incident_id, clock, epoch, rung, body, (extract(epoch from sent_at) * 1000)::int8 as at_ms,
            (extract(epoch from read_at) * 1000)::int8 as read_ms
     from ${schema}.notice
     where ${mine} and ($2::uuid is null or id < $2) and (not $3::bool or read_at is null)
     order by id desc limit $4`,
  );
  const unread = statement(
    `select count(*)::int as n from ${schema}.notice where ${mine} and read_at is null`,
  );
  const newest = statement(
    `select person_id as "personId", max(id::text) as id, count(*)::int as unread from ${schema}.notice
     where channel = 'in-app' and state = 'sent' and read_at is null and person_id = any($1)
     group by person_id`,
  );
  const read = statement(
    `update ${schema}.notice set read_at = coalesce(read_at, now()) where ${mine} and id = $2`,
  );
  return {
    async list(personId, { limit, after, unread: only = false }) {
      const values = [personId, after ?? null, only, limit];
      return (await db.query<Row>({ ...list, values })).map(noticeOf);
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
  readonly incident_id: string;
  readonly clock: string;
  readonly epoch: number;
  readonly rung: string;
  readonly body: { readonly title: string; readonly text: string };
  readonly at_ms: number;
  readonly read_ms: number | null;
};

function noticeOf(row: Row): Notice {
  return {
    id: row.id,
    incidentId: row.incident_id,
    clock: row.clock,
    epoch: row.epoch,
    rung: row.rung,
    title: row.body.title,
    text: row.body.text,
    at: new Date(row.at_ms).toISOString(),
    ...(row.read_ms === null ? {} : { readAt: new Date(row.read_ms).toISOString() }),
  };
}

/**
 * What becomes of the messages of a 督办 when its ask has its answer: they go out when it stands, and never when
 * it was refused. May be told twice.
 */
export function conclusions(
  db: Database,
  schemaName: string,
): (key: string, code: string | undefined) => Promise<void> {
  const schema = identifier(schemaName);
  const conclude = statement(
    `with ended as (
       update ${schema}.rung set outcome = $2 where ask = $1 and outcome is null
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
