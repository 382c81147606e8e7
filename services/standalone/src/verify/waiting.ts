import { stages } from '@cityloop/contracts';
import { type Queryable, statement } from '@cityloop/postgres';
import type { Bounds } from './deadlines.ts';
import type { Findings } from './findings.ts';
import { feed, intake, msOf, type Offset, type Profile, schemaOf } from './tables.ts';

/** Things under way when the databases were looked at, by what waits; constant in memory. */
export class Waiting {
  readonly #lines = new Map<string, { count: number; oldestMs: number; aside: boolean }>();

  /**
   * `sinceMs`: when it began to wait, by the database's clock. What was set `aside` waits for a person,
   * however long that takes.
   */
  add(what: string, sinceMs: number, { count = 1, aside = false } = {}): void {
    const line = this.#lines.get(what) ?? { count: 0, oldestMs: sinceMs, aside };
    line.count += count;
    line.oldestMs = Math.min(line.oldestMs, sinceMs);
    this.#lines.set(what, line);
  }

  /**
   * What waits is in order while it is young: the next start takes it up. What has waited longer than
   * `patienceMs` while the log went on waits for good; nothing may in a settled run.
   */
  conclude(bounds: Bounds, findings: Findings): void {
    for (const [what, { count, oldestMs, aside }] of this.#lines) {
      const ageMs = Math.max(0, bounds.endMs - oldestMs);
      const text = `${what}: ${count}, the oldest for ${(ageMs / 1_000).toFixed(1)} s when the log ended`;
      const forGood = !aside && ageMs > bounds.patienceMs;
      if (bounds.settled || forGood) findings.found('I8', text);
      else findings.note(text);
    }
  }
}

const behind = (events: string) =>
  statement(
    `select count(*)::int8 as n,
            (select substring(body from '"recordedat":"([^"]+)"') from ${events}
             where position > $1 order by position limit 1) as since
     from ${events} where position > $1`,
  );
const unread = behind('incident_event');
const unreadFeed = behind(`${feed}.incident_event`);
const ends = statement(`select position, body from incident_event order by position desc limit 1`);

/** Where the log ends: its last position (0 when empty) and the time of its last event, ms. */
export async function endOfLog(
  db: Queryable,
): Promise<{ readonly position: number; readonly ms: number }> {
  const [last] = await db.query<{ position: number; body: string }>(ends);
  if (last === undefined) return { position: 0, ms: 0 };
  const recordedAt = /"recordedat":"([^"]+)"/.exec(last.body)?.[1];
  return { position: last.position, ms: recordedAt === undefined ? 0 : Date.parse(recordedAt) };
}

/**
 * The readers of everything: how much of the log the ledger and the live picture have not read. Stages
 * read hand-overs to themselves only; what waits for them is found with the incidents.
 */
export async function unreadBy(
  db: Queryable,
  { elsewhere }: Profile,
  offsets: ReadonlyMap<string, Offset>,
  waiting: Waiting,
): Promise<void> {
  for (const reader of ['ledger', 'monitor']) {
    const position = offsets.get(reader)?.position ?? 0;
    const [row] = await db.query<{ n: number; since: string | null }>({
      ...(elsewhere && reader === 'monitor' ? unreadFeed : unread),
      values: [position],
    });
    if (row === undefined || row.n === 0) continue;
    waiting.add(`${reader} is behind the log`, Date.parse(row.since ?? ''), { count: row.n });
  }
}

const SHOWN = 5;

/** Records set aside and asks without an answer: all of them counted, the first ones named. */
export async function setAside(db: Queryable, waiting: Waiting, findings: Findings): Promise<void> {
  for (const stage of stages) {
    const schema = schemaOf(stage);
    const parked = await db.query<{ what: string; ms: number }>({
      text: `select coalesce(incident_id::text, '?') || ' at ' || position || ': ' || code as what,
                    ${msOf('at')} as ms
             from ${schema}.parked where replayed_at is null order by at limit ${SHOWN}`,
    });
    const asks = await db.query<{ what: string; ms: number }>({
      text: `select verb || ' of ' || incident_id || ' for ' || about as what, ${msOf('at')} as ms
             from ${schema}.ask where answered_at is null order by at limit ${SHOWN}`,
    });
    const [count] = await db.query<{ parked: number; asks: number }>({
      text: `select (select count(*) from ${schema}.parked where replayed_at is null) as parked,
                    (select count(*) from ${schema}.ask where answered_at is null) as asks`,
    });
    findings.looked('I8', 'parked records', count?.parked ?? 0);
    findings.looked('I8', 'open asks', count?.asks ?? 0);
    for (const { what } of parked) findings.note(`parked at ${stage}: ${what}`);
    for (const { what } of asks) findings.note(`asked by ${stage}, no answer yet: ${what}`);
    const [oldestParked] = parked;
    const [oldestAsk] = asks;
    if (oldestParked !== undefined) {
      waiting.add(`parked at ${stage}`, oldestParked.ms, { count: count?.parked, aside: true });
    }
    if (oldestAsk !== undefined) {
      waiting.add(`asks of ${stage} without an answer`, oldestAsk.ms, { count: count?.asks });
    }
  }
  await ladders(db, waiting, findings);
  const [unborn] = await db.query<{ n: number }>({
    text: `select count(*) as n from ${intake}.source s where not exists (
             select from incident_event e where e.incident_id = s.incident_id)`,
  });
  if (unborn !== undefined && unborn.n > 0) {
    findings.note(`source numbers claimed for a report that never came to be: ${unborn.n}`);
  }
}

/** What the watch over the ladders has asked and not been answered; where it has run. */
async function ladders(db: Queryable, waiting: Waiting, findings: Findings): Promise<void> {
  const [found] = await db.query<{ has: boolean }>({
    text: `select to_regclass('sla.ask') is not null as has`,
  });
  if (found?.has !== true) return;
  const [row] = await db.query<{ asks: number; since: number }>({
    text: `select count(*) as asks, ${msOf('min(at)')} as since
           from sla.ask where answered_at is null`,
  });
  findings.looked('I8', 'open asks', row?.asks ?? 0);
  if (row === undefined || row.asks === 0) return;
  waiting.add('asks of the ladders without an answer', row.since, { count: row.asks });
}

/** Incidents a stage has set a record of aside: what it has of them is explained by that. */
export async function parkedIncidents(db: Queryable): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>({
    text: stages
      .map(
        (stage) =>
          `select '${stage}/' || incident_id as id from ${schemaOf(stage)}.parked
           where replayed_at is null and incident_id is not null`,
      )
      .join(' union '),
  });
  return new Set(rows.map(({ id }) => id));
}
