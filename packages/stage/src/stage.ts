import { readdir, readFile } from 'node:fs/promises';
import { encodeEvent, type Stage, stages } from '@cityloop/contracts';
import {
  type EventLog,
  type Outbox,
  openOutbox,
  type PostgresEventLog,
  type Relay,
  type Subscription,
} from '@cityloop/event-log';
import { uuidv7 } from '@cityloop/kernel';
import { type Database, migrate } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import type { Alarms, TimerIndex } from '@cityloop/timers';
import { startArrivals } from './arrivals.ts';
import { catchUp } from './catch-up.ts';
import { createEngine, type Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { followPolicy } from './follow-policy.ts';
import { type HandOverWatchOptions, startHandOverWatch } from './hand-over-watch.ts';
import { type OutboxTidyingOptions, tidyOutbox } from './outbox-tidying.ts';
import { type Parking, postgresParking } from './parking.ts';
import type { PolicySource } from './policy-source.ts';
import { createPostgresStore } from './postgres-store.ts';
import { replayKnown } from './replay-parked.ts';
import type { StageRules } from './rules.ts';
import { type AlarmsProbe, type StageTimers, stageAlarms } from './stage-alarms.ts';
import type { KnownKey, StageStore } from './store.ts';
import { createTaking, type TakingOptions } from './taking.ts';
import type { Work } from './work.ts';

/** What every loop service is given to run on. */
export type StageServices = {
  readonly db: Database;
  /** What is read from, and what the stage's events become part of. */
  readonly log: EventLog;
  /**
   * The same log, where it stands in this very database and all services record in it themselves. Without it
   * the stage records in an outbox of its own and relays that to the log.
   */
  readonly shared?: PostgresEventLog | undefined;
  readonly policies: PolicySource;
  readonly logger: Logger;
  readonly locate?: EngineOptions['locate'];
  readonly probe?: EngineOptions['probe'];
  /** The versions another stage has of these incidents: whether it took what it was handed. */
  readonly versionsAt?: HandOverWatchOptions['versionsAt'];
  /** What a stage answered to commands with these keys. */
  readonly answersAt?: (
    stage: Stage,
    keys: readonly string[],
  ) => Promise<ReadonlyMap<string, KnownKey>>;
  /** Up to which version the ledger has all events of these incidents: outboxes are tidied by it. */
  readonly ledgered?: OutboxTidyingOptions['ledgered'] | undefined;
  /** The index of what is due when; the rows themselves when absent. */
  readonly timers?: StageTimers;
  readonly alarmsProbe?: AlarmsProbe;
  /** How often hand-overs are looked after, and from what age on: each minute, from a minute on, unless told. */
  readonly handOvers?: Pick<HandOverWatchOptions, 'everyMs' | 'afterMs'> | undefined;
  /** Told at each such look how old the oldest hand-over is that nobody has taken, ms. */
  readonly onHandOvers?: (stage: Stage, oldestMs: number) => void;
};

/** A loop service's engine with all that feeds it: the log's hand-overs and the alarms. */
export type RunningStage = AsyncDisposable & {
  readonly engine: Engine;
  readonly store: StageStore;
  readonly parking: Parking;
  readonly arrivals: Subscription;
  readonly alarms: Pick<Alarms, 'silentMs'>;
  readonly timers: Pick<TimerIndex, 'countdown' | 'state'>;
  /** What publishes the stage's outbox, where it has one. */
  readonly relay?: Relay;
  /**
   * Takes out of the stage's outbox what was recorded before a time and is needed there no more; done by itself
   * each hour. Answers how many events went.
   */
  tidy(beforeMs: number): Promise<number>;
};

export type StageOptions = {
  /** Tables the service has beside the stage's own. */
  readonly migrations?: URL;
  /** Told of events of the stage's own before they are taken back from the log: what else hangs on them. */
  readonly recalled?: TakingOptions['recalled'];
};

/**
 * Migrates the stage's schema (named after it) and starts its engine, its reader and its alarms.
 * Disposing stops taking first, then finishes what has begun.
 */
export async function startStage(
  rules: StageRules,
  services: StageServices,
  options: StageOptions = {},
): Promise<RunningStage> {
  const { db, log, policies, logger } = services;
  const schema = rules.stage;
  const warn = (what: string) => (error: unknown) =>
    logger.warn({ err: error, stage: schema }, what);
  await using parts = new AsyncDisposableStack();
  await migrateStage(db, schema, options.migrations);
  const outbox =
    services.shared === undefined ? parts.use(await outboxOf(schema, services)) : undefined;
  const journal = (outbox?.log ?? services.shared) as PostgresEventLog; // one of them is there
  const store = await createPostgresStore({
    db,
    schema,
    stage: rules.stage,
    journal,
    own: outbox !== undefined,
  });
  const parking = await postgresParking(db, schema);
  const ringing = await stageAlarms(rules, store, services);
  const engine = createEngine({
    rules,
    store: ringing.store,
    policy: () => policies.current(),
    setAside: (work, cause) => parkArrival(parking, work, cause),
    ...(services.locate === undefined ? {} : { locate: services.locate }),
    ...(services.probe === undefined ? {} : { probe: services.probe }),
    ...(outbox === undefined ? {} : { transitMs: TRANSIT_MS }),
    ...elsewhere(rules.stage, services.answersAt),
  });
  parts.defer(() => engine.stop());
  const taking = createTaking({ engine, store, policies, parking, recalled: options.recalled });
  if (outbox !== undefined) {
    // Not a command, not an alarm before it is known what this stage has recorded itself.
    const recalled = await catchUp({ engine, log, store, taking });
    if (recalled > 0)
      logger.warn({ stage: schema, recalled }, 'own events taken back from the log');
  }
  const known = await replayKnown(engine, parking);
  if (known > 0)
    logger.info({ stage: schema, incidents: known }, 'what waited for this build is taken');
  const relay = outbox?.startRelay();
  const onFailure = warn('not all was planned anew, the next step does it');
  parts.use(followPolicy({ policies, engine, store, onFailure }));
  const arrivals = parts.use(
    await startArrivals({
      stage: schema,
      log,
      store,
      taking,
      parking,
      again: services.shared !== undefined,
      saveEveryMs: SAVE_MS,
      onFailure: warn('offsets not saved'),
    }),
  );
  const alarms = parts.use(ringing.start(engine));
  const { versionsAt } = services;
  if (versionsAt !== undefined) {
    parts.use(
      startHandOverWatch({
        store,
        log,
        topic: services.shared === undefined ? 'incidents' : 'again',
        versionsAt,
        ...services.handOvers,
        onRound: ({ oldestMs }) => services.onHandOvers?.(rules.stage, oldestMs),
        onFailure: warn('hand-overs not checked'),
      }),
    );
  }
  const tidy: RunningStage['tidy'] = async (beforeMs) => {
    const { ledgered } = services;
    if (outbox === undefined || ledgered === undefined) return 0;
    const before = new Date(beforeMs).toISOString();
    return tidyOutbox({ db, schema, outbox: journal.schema, ledgered, before });
  };
  const tidying = setInterval(() => {
    store.forgetKeys(KEYS_KEPT_DAYS).catch(warn('keys not tidied'));
    if (relay?.active !== true) return;
    tidy(store.nowMs() - OUTBOX_KEPT_DAYS * DAY_MS).catch(warn('outbox not tidied'));
  }, TIDY_MS);
  tidying.unref();
  parts.defer(() => clearInterval(tidying));
  const stop = parts.move();
  return {
    engine,
    store,
    parking,
    arrivals,
    alarms,
    ...(relay === undefined ? {} : { relay }),
    timers: ringing.index,
    tidy,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

function outboxOf(stage: Stage, { db, log, logger }: StageServices): Promise<Outbox> {
  return openOutbox({
    db,
    service: stage,
    to: log,
    holder: uuidv7(),
    onFailure: (error) => logger.warn({ err: error, stage }, 'events not published'),
  });
}

function elsewhere(
  own: Stage,
  answersAt: StageServices['answersAt'],
): Pick<EngineOptions, 'answeredElsewhere'> {
  if (answersAt === undefined) return {};
  const others = stages.filter((stage) => stage !== own);
  return {
    async answeredElsewhere(keys) {
      const found = await Promise.all(others.map((stage) => answersAt(stage, keys)));
      return new Map(found.flatMap((answers) => [...answers]));
    },
  };
}

const SAVE_MS = 10_000;
/** Over a log that stands elsewhere a hand-over may wait until its readers have shared it out anew, ms. */
const TRANSIT_MS = 8_000;
const KEYS_KEPT_DAYS = 7;
/** Longer than topics keep what they lost. */
const OUTBOX_KEPT_DAYS = 35;
const DAY_MS = 86_400_000;
const TIDY_MS = 3_600_000;

function parkArrival(
  parking: Parking,
  { event, place }: Extract<Work, { kind: 'arrival' }>,
  cause: unknown,
): Promise<void> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const where = place ?? { partition: 0, position: 0 };
  const record = { ...where, key: event.incidentId, body: encodeEvent(event) };
  return parking.park(record, event.incidentId, 'ARRIVAL_REFUSED', reason);
}

/**
 * Brings the tables of one stage up to date, and those the service adds to them (files numbered from
 * 002 on in `own`); safe from several processes at once.
 */
export async function migrateStage(db: Database, stage: Stage, own?: URL): Promise<void> {
  const read = (url: URL) => readFile(url, 'utf8');
  const first = new URL('../migrations/001_stage.sql', import.meta.url);
  const files = [{ name: '001_stage.sql', sql: await read(first) }];
  if (own !== undefined) {
    for (const name of (await readdir(own)).sort()) {
      files.push({ name, sql: await read(new URL(name, own)) });
    }
  }
  await migrate(db, { schema: stage, files });
}
