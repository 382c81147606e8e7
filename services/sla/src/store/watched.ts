import { uuidv7 } from '@cityloop/kernel';
import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Channel, Looked, Standings, Told } from '../domain/look.ts';

/** An incident that stands on a ladder. */
export type Watched = {
  readonly incidentId: string;
  readonly version: number;
  readonly rev: number;
  readonly clocks: Standings;
};

/** A rung people were told of. */
export type Fired = {
  readonly incidentId: string;
  readonly clock: string;
  readonly rung: string;
  readonly lateMs: number;
};

export type WatchedStore = {
  /** What is to be looked at now, by the database's clock, which is told beside it. */
  due(limit: number): Promise<{ readonly nowMs: number; readonly rows: readonly Watched[] }>;
  /** Enters what looking came to, each incident whole or, where it has moved meanwhile, not at all. */
  climbed(
    looks: readonly { readonly row: Watched; readonly looked: Looked }[],
    given: { readonly edition: string; channelsOf(personId: string): readonly Channel[] },
  ): Promise<readonly Fired[]>;
  /** Has those looked at a while later that could not be. */
  postpone(incidentIds: readonly string[], seconds: number): Promise<void>;
  /** Has all looked at that stand on other ladders than these. */
  renew(edition: string): Promise<void>;
  /** How long the most overdue look has been due, ms; 0 when none is. */
  oldestMs(): Promise<number>;
};

export function watchedStore(db: Database, schemaName: string): WatchedStore {
  const schema = identifier(schemaName);
  // Nothing is told of an incident while the holder has not answered what was asked of it: rungs keep their order.
  const due = statement(
    `select (extract(epoch from now()) * 1000)::int8 as now_ms, w.incident_id, w.version, w.rev, w.clocks
     from (select 1) as one left join (
       select * from ${schema}.watched w
       where next_at <= now() and not exists (
         select from ${schema}.ask a where a.about = w.incident_id and a.answered_at is null)
       order by next_at limit $1) as w on true`,
  );
  const climbed = statement(
    `select incident_id, clock, rung, late_ms from ${schema}.climbed($1, $2, $3, $4)`,
  );
  const postpone = statement(
    `update ${schema}.watched set next_at = now() + $2 * interval '1 s', rev = rev + 1
     where incident_id = any($1::uuid[]) and next_at <= now()`,
  );
  const renew = statement(
    `update ${schema}.watched set next_at = now(), rev = rev + 1 where edition <> $1`,
  );
  const oldest = statement(
    `select coalesce(extract(epoch from now() - min(next_at)) * 1000, 0)::int8 as ms
     from ${schema}.watched where next_at <= now()`,
  );
  return {
    async due(limit) {
      const rows = await db.query<DueRow>({ ...due, values: [limit] });
      return {
        nowMs: rows[0]?.now_ms ?? 0,
        rows: rows.flatMap(({ incident_id: incidentId, version, rev, clocks }) =>
          incidentId === null ? [] : [{ incidentId, version, rev, clocks }],
        ),
      };
    },
    async climbed(looks, given) {
      const rows = looks.map((each) => rowOf(each, given.edition));
      const told = looks.flatMap(({ row, looked }) =>
        looked.told.map((one) => ({ incidentId: row.incidentId, one })),
      );
      const lists = [
        rows,
        told.flatMap(({ incidentId, one }) => rungsOf(incidentId, one)),
        told.flatMap(({ incidentId, one }) => asksOf(incidentId, one)),
        folded(told.flatMap(({ incidentId, one }) => noticesOf(incidentId, one, given.channelsOf))),
      ];
      const values = lists.map((list) => JSON.stringify(list));
      const fired = await db.query<FiredRow>({ ...climbed, values });
      return fired.map((r) => ({
        incidentId: r.incident_id,
        clock: r.clock,
        rung: r.rung,
        lateMs: r.late_ms,
      }));
    },
    async postpone(incidentIds, seconds) {
      await db.execute({ ...postpone, values: [incidentIds, seconds] });
    },
    async renew(edition) {
      await db.execute({ ...renew, values: [edition] });
    },
    oldestMs: async () => (await db.query<{ ms: number }>(oldest))[0]?.ms ?? 0,
  };
}

type DueRow = {
  readonly now_ms: number;
  readonly incident_id: string | null;
  readonly version: number;
  readonly rev: number;
  readonly clocks: Standings;
};
type FiredRow = {
  readonly incident_id: string;
  readonly clock: string;
  readonly rung: string;
  readonly late_ms: number;
};

const iso = (ms: number): string => new Date(ms).toISOString();

function rowOf({ row, looked }: { row: Watched; looked: Looked }, edition: string): object {
  const { standings, nextMs, over } = looked;
  return {
    id: row.incidentId,
    rev: row.rev,
    clocks: standings,
    edition,
    nextAt: nextMs === undefined ? null : iso(nextMs),
    over,
  };
}

function rungsOf(id: string, { clock, epoch, reached, ask }: Told): readonly object[] {
  return reached.map((rung, n) => ({
    id,
    clock,
    epoch,
    rung: rung.id,
    dueAt: iso(rung.dueMs),
    missed: n < reached.length - 1,
    ask: rung.id === ask?.rung ? ask.key : null,
  }));
}

function asksOf(incidentId: string, { clock, epoch, ask }: Told): readonly object[] {
  if (ask === undefined) return [];
  const { key, rung, body } = ask;
  return [
    {
      id: uuidv7(),
      incidentId,
      verb: 'supervise',
      body: JSON.stringify(body),
      key,
      ...{ clock, epoch, rung },
    },
  ];
}

function noticesOf(
  incidentId: string,
  { clock, epoch, reached, ask, message, late, people, holdMs, sendMs }: Told,
  channelsOf: (personId: string) => readonly Channel[],
): readonly NewNotice[] {
  const rung = reached.at(-1)?.id;
  return people.flatMap((personId) =>
    channelsOf(personId).map((channel) => ({
      id: uuidv7(),
      personId,
      channel,
      incidentId,
      ...{ clock, epoch, rung },
      body: message,
      late,
      ask: ask?.key ?? null,
      state: ask === undefined ? released(channel) : 'waiting',
      holdUntil: iso(channel === 'in-app' ? 0 : holdMs),
      nextAt: iso(channel === 'in-app' ? 0 : sendMs),
    })),
  );
}

/**
 * What one person is told late in the list of the application, all of it one entry: after an outage nobody has
 * to read hundreds. Each message stays a row of its own, which waits for its own 督办.
 */
function folded(notices: readonly NewNotice[]): readonly object[] {
  const entries = new Map<string, string>();
  return notices.map((notice) => {
    const { personId, channel, late } = notice;
    if (channel !== 'in-app' || !late) return notice;
    const entry = entries.get(personId) ?? uuidv7();
    entries.set(personId, entry);
    return { ...notice, entry };
  });
}

type NewNotice = {
  readonly personId: string;
  readonly channel: Channel;
  readonly late: boolean;
};

/** What stands in the list of the application is there at once, whatever the hour. */
const released = (channel: Channel): 'sent' | 'queued' =>
  channel === 'in-app' ? 'sent' : 'queued';
