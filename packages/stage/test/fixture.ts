import { randomUUID } from 'node:crypto';
import {
  encodeEvent,
  type HandOverEvent,
  type IncidentCommand,
  isHandOver,
  type Subject,
} from '@cityloop/contracts';
import { migrateEventLog, type PostgresEventLog, postgresEventLog } from '@cityloop/event-log';
import { reusedDatabases } from '@cityloop/event-log/testing';
import type { Policy } from '@cityloop/incident';
import { CityLoopError } from '@cityloop/kernel';
import { createPool, type Database, type Queryable } from '@cityloop/postgres';
import { createLogger } from '@cityloop/runtime';
import { assigned, filed, people, reported, rulesOf, story, testPolicy } from '@cityloop/testing';
import { vi } from 'vitest';
import {
  type Command,
  type PolicySource,
  type RunningStage,
  type StageRules,
  type StageServices,
  startStage,
} from '../src/index.ts';
import { migrateStage } from '../src/stage.ts';

/** One process that runs the handling stage: a pool, a log and an engine of its own. */
export type Process = AsyncDisposable & {
  readonly name: string;
  readonly db: Database;
  readonly log: PostgresEventLog;
  readonly stage: RunningStage;
};

export type ProcessOptions = {
  readonly rules?: StageRules;
  readonly policies?: PolicySource;
  readonly locate?: NonNullable<StageServices['locate']>;
  readonly probe?: NonNullable<StageServices['probe']>;
  readonly timers?: NonNullable<StageServices['timers']>;
};

/** A database with the log and the handling stage's schema, and the processes that share it. */
export type StageWorld = AsyncDisposable & {
  /** For looking from outside. */
  readonly db: Database;
  start(options?: ProcessOptions): Promise<Process>;
  /** Writes hand-overs into the log, as the stage before does with its commit. */
  handOver(events: readonly HandOverEvent[]): Promise<void>;
  /** Writes any text into the log under an incident's next version. */
  write(incidentId: string, version: number, body: string): Promise<void>;
  /** Cuts every connection of a process, whatever it is doing. */
  cutOff(process: Process): Promise<void>;
};

const emptyDatabase = reusedDatabases(async (db) => {
  await migrateEventLog(db);
  await migrateStage(db, 'handling');
});

const logger = createLogger({ name: 'test', level: 'fatal' });

/** An empty world. What a test changes of its schema has to be mended before the next. */
export async function stageWorld(): Promise<StageWorld> {
  const database = await emptyDatabase();
  const db = createPool(database.url, { max: 6, name: 'outside' });
  const started: Process[] = [];
  const write: StageWorld['write'] = async (incidentId, version, body) => {
    await append(db, [`${incidentId}\t${version}`], [body]);
  };
  return {
    db,
    write,
    async start(options = {}) {
      const name = `process-${started.length + 1}`;
      const process = await startProcess(database.url, name, options);
      started.push(process);
      return process;
    },
    handOver: (events) =>
      append(
        db,
        events.map((event) => `${event.incidentId}\t${event.version}`),
        events.map(encodeEvent),
      ),
    async cutOff({ name }) {
      await db.query({
        text: 'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        values: [name],
      });
    },
    async [Symbol.asyncDispose]() {
      for (const process of started) await process[Symbol.asyncDispose]();
      await db.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function append(db: Queryable, ids: readonly string[], bodies: readonly string[]) {
  await db.query({
    text: 'select log.append_incident_events($1, $2, $3)',
    values: [ids.join('\n'), bodies.join('\n'), ids.length],
  });
}

async function startProcess(url: string, name: string, options: ProcessOptions): Promise<Process> {
  const { rules = rulesOf.handling, policies = fixedPolicy(), locate, probe, timers } = options;
  const db = createPool(url, { max: 4, name });
  const log = postgresEventLog(db);
  const stage = await startStage(rules, {
    db,
    log,
    shared: log,
    policies,
    logger,
    ...(locate === undefined ? {} : { locate }),
    ...(probe === undefined ? {} : { probe }),
    ...(timers === undefined ? {} : { timers }),
  });
  let ended: Promise<void> | undefined;
  const end = async () => {
    await stage[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    await db.close();
  };
  return { name, db, log, stage, [Symbol.asyncDispose]: () => (ended ??= end()) };
}

/** A policy source whose revision the test sets. */
export type TestPolicies = PolicySource & { set(policy: Policy): void };

/** The test district's policy, from the first revision on. */
export function fixedPolicy(revision = 1): TestPolicies {
  let current = testPolicy({ revision });
  const waiting = new Set<{ revision: number; resolve: () => void }>();
  const listeners = new Set<(policy: Policy) => void>();
  return {
    current: () => current,
    atLeast: (wanted) =>
      new Promise((resolve) => {
        if (current.revision >= wanted) resolve();
        else waiting.add({ revision: wanted, resolve });
      }),
    onChange(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    set(policy) {
      current = policy;
      for (const listen of listeners) listen(policy);
      for (const waiter of waiting) if (waiter.revision <= policy.revision) waiter.resolve();
    },
  };
}

const told = assigned(filed(reported(story().at(new Date().toISOString()))));
const [original] = told.events.filter(
  (event): event is HandOverEvent => event.type === 'dispatch.assigned' && isHandOver(event.type),
);

/** An incident just assigned to the roads unit, on its way to handling; every call makes another. */
export function assignment(changes: { readonly policyRevision?: number } = {}): HandOverEvent {
  if (original === undefined) throw new Error('the story has an assignment');
  const text = JSON.stringify(original)
    .replaceAll(told.id, randomUUID())
    .replaceAll(original.id, randomUUID());
  const event = JSON.parse(text) as HandOverEvent; // what was just written
  const dossier = event.data.dossier;
  if (dossier === undefined) throw new Error('a hand-over carries its dossier');
  return {
    ...event,
    data: { ...event.data, dossier: { ...dossier, ...changes } },
  } as HandOverEvent; // as before
}

export const assignments = (count: number): HandOverEvent[] =>
  Array.from({ length: count }, () => assignment());

export const { roadsMember, roadsLeader, dispatcher } = people;

/** A command of the unit's crew, unless somebody else is named. */
export function order(
  incidentId: string,
  command: IncidentCommand,
  rest: { readonly key?: string; readonly ifMatch?: number; readonly subject?: Subject } = {},
): Command {
  return { incidentId, command, subject: roadsMember, ...rest };
}

export const note = (text: string): IncidentCommand => ({ verb: 'note', body: { text } });
export const receive: IncidentCommand = { verb: 'receive', body: {} };
export const finish: IncidentCommand = {
  verb: 'finish',
  body: { result: 'resolved', attachments: ['photo-after'] },
};
export const confirm: IncidentCommand = { verb: 'confirm', body: {} };

/** The code a promise is refused with; fails when it is kept. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CityLoopError) return error.code;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Waits for a thing to become true, looking again and again. */
export async function until(probe: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const look = async () => {
    if (!(await probe())) throw new Error(`waited in vain for ${what}`);
  };
  await vi.waitFor(look, { timeout: 15_000, interval: 5 });
}

/** Resolves when the incidents are held by handling. */
export function taken(world: StageWorld, events: readonly HandOverEvent[]): Promise<void> {
  const ids = events.map((event) => event.incidentId);
  return until(async () => {
    const [row] = await world.db.query<{ n: number }>({
      text: `select count(*) as n from handling.incident
             where incident_id = any($1::uuid[]) and status is not null`,
      values: [ids],
    });
    return row?.n === ids.length;
  }, `${ids.length} hand-overs to be taken`);
}

export type Line = { readonly type: string; readonly version: number; readonly key?: string };

/** What the log has of an incident from its hand-over on, in the order of the log. */
export async function history(world: StageWorld, incidentId: string): Promise<Line[]> {
  const rows = await world.db.query<{ version: number; body: string }>({
    text: `select version, body from log.incident_event where incident_id = $1 order by position`,
    values: [incidentId],
  });
  return rows.map(({ version, body }) => {
    const { type, data } = JSON.parse(body) as { type: string; data: { key?: string } }; // our own
    const name = type.replace('cn.cityloop.', '').replace('.v1', '');
    return { type: name, version, ...(data.key === undefined ? {} : { key: data.key }) };
  });
}
