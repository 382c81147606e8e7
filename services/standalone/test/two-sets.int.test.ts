import { give } from '@cityloop/console';
import {
  commandBodies,
  type IncidentCommand,
  ReportBody,
  type Stage,
  type Verb,
} from '@cityloop/contracts';
import {
  createMemoryEventLog,
  type EventLog,
  type MemoryEventLog,
  type Subscription,
} from '@cityloop/event-log';
import { CityLoopError, Unavailable } from '@cityloop/kernel';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import type { Answer } from '@cityloop/stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningLoop } from '../src/loop.ts';
import { verifyRun } from '../src/verify/run.ts';
import { type ServiceSet, startSet, stopSet, subject, until } from './service-set.ts';

const INCIDENTS = 300;
const WAY: readonly (readonly [who: string, verb: Verb, body: object])[] = [
  ['he-clerk', 'file', { categoryCode: 'E01-28', standardId: 'E01-28.1' }],
  ['lv-dispatcher', 'assign', { unitId: 'wujiaochang-enforcement' }],
  ['hua-enforcement-member', 'receive', {}],
  ['hua-enforcement-member', 'note', { text: '已到现场' }],
  ['hua-enforcement-member', 'finish', { result: 'resolved' }],
  ['yan-enforcement-leader', 'confirm', {}],
  ['zhang-verifier', 'check', { outcome: 'pass' }],
  ['kong-evaluator', 'archive', {}],
];
const STAGES: readonly Stage[] = ['intake', 'dispatch', 'handling', 'verification', 'archive'];

let database: TestDatabase;
let outside: Database;
let sets: readonly [ServiceSet, ServiceSet];
let words: string;

type Profile = {
  readonly what: string;
  /** The schema that has every event. */
  readonly words: string;
  /** The live picture's own positions. */
  readonly feed: string;
  openLog(): MemoryEventLog | undefined;
};

const profiles: readonly Profile[] = [
  { what: 'whose log stands in it', words: 'log', feed: 'log', openLog: () => undefined },
  {
    what: 'whose log stands elsewhere',
    words: 'ledger',
    feed: 'monitor_feed',
    openLog: createMemoryEventLog,
  },
];

/** As a client does: the same again, with its key, while it is told to come again. */
async function insist<T>(set: ServiceSet, send: (running: RunningLoop) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send(set.running);
    } catch (error) {
      const again =
        error instanceof Unavailable ||
        (error instanceof CityLoopError && error.code === 'IN_TRANSIT');
      if (!again || set.dead) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A report and then the whole way to the archive, each step by the next of the sets. */
async function drive(n: number, by: readonly ServiceSet[]): Promise<Answer> {
  let turn = n;
  const next = (): ServiceSet => {
    turn += 1;
    return by[turn % by.length] as ServiceSet; // the remainder is below its length
  };
  const body = ReportBody.parse({
    channel: 'grid-worker',
    description: '路口有高音喇叭揽客，噪声扰民',
    location: { lon: 121.5135, lat: 31.3013, crs: 'WGS84' },
    categoryCode: 'E01-28',
  });
  const report = (set: ServiceSet) =>
    insist(set, (running) =>
      running.loop.report({ body, subject: subject(running, 'tao-grid'), key: `report/${n}` }),
    );
  // Every tenth sender loses patience and asks the other set the same at the same time.
  const [first, again] = await Promise.all([
    report(next()),
    n % 10 === 0 ? report(next()) : undefined,
  ]);
  if (again !== undefined) expect(again.id).toBe(first.id);
  let answer: Answer = first;
  for (const [who, verb, given] of WAY) {
    const command = { verb, body: commandBodies[verb].parse(given) } as IncidentCommand; // of the verb
    const order = (set: ServiceSet) =>
      insist(set, (running) => {
        const whole = { incidentId: first.id, command, subject: subject(running, who) };
        return give(running.loop, { ...whole, key: `${n}/${verb}` });
      });
    const [one, two] = await Promise.all([order(next()), n % 10 === 0 ? order(next()) : undefined]);
    if (two !== undefined) expect(two.version).toBe(one.version);
    answer = one;
  }
  return answer;
}

type Line = { readonly incident_id: string; readonly types: readonly string[] };

/** The events of every incident in the order of their versions, checked to be 1, 2, 3 … */
async function histories(): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await outside.query<Line>({
    text: `select incident_id, json_agg(substring(body from 'cityloop\\.([a-z.-]+)\\.v1') order by position) as types
           from ${words}.incident_event group by incident_id
           having max(version) = count(*)
              and array_agg(version order by position) = array_agg(version order by version)`,
  });
  return new Map(rows.map((row) => [row.incident_id, row.types]));
}

async function count(text: string): Promise<number> {
  const [row] = await outside.query<{ n: number }>({ text });
  return row?.n ?? -1;
}

/** All that anybody has recorded is in the ledger, and sealed. */
const ledgerWhole = async () => {
  const recorded = words === 'log' ? ['log'] : STAGES.map((stage) => `${stage}_outbox`);
  const events = await count(
    `select ${recorded.map((schema) => `(select count(*) from ${schema}.incident_event)`).join(' + ')} as n`,
  );
  return events === (await count('select max(last_position) as n from archive.ledger_block'));
};

const expected = [
  'intake.reported',
  'intake.filed',
  'dispatch.assigned',
  'handling.received',
  'handling.noted',
  'handling.finished',
  'handling.confirmed',
  'verification.checked',
  'verification.closed',
  'archive.evaluated',
  'archive.archived',
];

/** The log as one process has it: its readers are noted down, to go when it dies. */
function asSeenBy(readers: Subscription[], log: EventLog): EventLog {
  return {
    ...log,
    async subscribe(options) {
      const reader = await log.subscribe(options);
      readers.push(reader);
      return reader;
    },
  };
}

describe.each(profiles)('two sets of services on one database $what', (profile) => {
  let log: MemoryEventLog | undefined;
  /** What the first set reads a log by that stands elsewhere. */
  const readers: Subscription[] = [];

  beforeAll(async () => {
    words = profile.words;
    database = await createTestDatabase();
    outside = createPool(database.url, { max: 2, name: 'outside' });
    log = profile.openLog();
    // Both find an empty database at the same time.
    sets = await Promise.all([
      startSet(database.url, 'set-1', log && asSeenBy(readers, log)),
      startSet(database.url, 'set-2', log),
    ]);
  });
  afterAll(async () => {
    for (const set of sets) await stopSet(set);
    await log?.[Symbol.asyncDispose]();
    await outside.close();
    await database[Symbol.asyncDispose]();
  });

  it('have one active reader a group between them', async () => {
    const active = (stage: Stage) =>
      sets.map(({ running }) => running.stages[stage].arrivals.active).toSorted();
    for (const stage of STAGES) {
      await until(async () => active(stage)[1] === true, `a reader of ${stage}`);
      expect(active(stage)).toEqual([false, true]);
    }
  });

  it('take 300 incidents through the loop together, and double or lose nothing', async () => {
    const answers = await Promise.all(Array.from({ length: INCIDENTS }, (_, n) => drive(n, sets)));
    expect(new Set(answers.map((answer) => answer.number)).size).toBe(INCIDENTS);
    expect(answers.every((answer) => answer.status === 'archived')).toBe(true);
    await until(ledgerWhole, 'the ledger');
    const all = await histories();
    expect(all.size).toBe(INCIDENTS);
    for (const types of all.values()) expect(types).toEqual(expected);
    for (const stage of STAGES) {
      const active = sets.map(({ running }) => running.stages[stage].arrivals.active);
      expect(active.filter(Boolean)).toHaveLength(1);
    }
  });

  it('leave a run in which the offline checker finds nothing', async () => {
    for (const { running } of sets) await running.settled();
    await until(
      async () =>
        (await count(`select (select next - 1 from ${profile.feed}.head where topic = 'incidents')
                           - (select position from monitor.log_offset) as n`)) === 0,
      'the live picture',
    );
    const report = await verifyRun(outside, { settled: true });
    expect(report.ok, JSON.stringify(report)).toBe(true);
  });

  it('go on as one within seconds when a set is cut off in the middle of its work', async () => {
    const [dying, heir] = sets;
    const busy = Array.from({ length: 60 }, (_, n) =>
      drive(INCIDENTS + n, sets).catch(() => undefined),
    );
    await until(
      async () => (await count('select count(*) as n from handling.incident')) > INCIDENTS + 10,
      'the work to be under way',
    );
    // As a process dies: no word to anybody, its connections are gone.
    await outside.query({
      text: `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'set-1'`,
    });
    const diedMs = performance.now();
    dying.dead = true;
    const closed = dying.db.close();
    for (const reader of readers) void reader[Symbol.asyncDispose]();
    await until(
      async () => STAGES.every((stage) => heir.running.stages[stage].arrivals.active),
      'the other set to read for every stage',
    );
    expect(performance.now() - diedMs).toBeLessThan(5_000);
    await Promise.all([closed, ...busy]);
    // Whoever was cut off repeats what they asked, with the same keys, at the other set.
    const rest = await Promise.all(busy.map(async (_, n) => drive(INCIDENTS + n, [heir])));
    expect(rest.every((answer) => answer.status === 'archived')).toBe(true);
    await until(ledgerWhole, 'the ledger');
    const all = await histories();
    expect(all.size).toBe(INCIDENTS + 60);
    for (const types of all.values()) expect(types).toEqual(expected);
  });
});
