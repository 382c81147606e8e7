import { startArchive } from '@cityloop/archive';
import type { Loop } from '@cityloop/console';
import type { Stage } from '@cityloop/contracts';
import { startDispatch } from '@cityloop/dispatch';
import { type District, districtDoor, startDistrict } from '@cityloop/district';
import {
  type EventLog,
  migrateEventLog,
  type PostgresEventLog,
  postgresEventLog,
  type Subscription,
} from '@cityloop/event-log';
import { startHandling } from '@cityloop/handling';
import { maskNumbers } from '@cityloop/incident';
import { startIntake } from '@cityloop/intake';
import { openMetrics, pictureDoor, startMonitor } from '@cityloop/monitor';
import type { Database } from '@cityloop/postgres';
import type { Logger, Metrics } from '@cityloop/runtime';
import {
  ask,
  holderOf,
  locate,
  runningMetrics,
  stageDoor,
  stageMetrics,
  stageTimers,
  timerStates,
} from '@cityloop/service';
import { type Sla, type SlaServices, startSla } from '@cityloop/sla';
import { type RunningStage, type StageServices, startPolicyReader } from '@cityloop/stage';
import type { RedisServer } from '@cityloop/timers';
import { startVerification } from '@cityloop/verification';

export type RunningLoop = AsyncDisposable & {
  readonly loop: Loop;
  readonly district: District;
  readonly log: EventLog;
  readonly stages: Readonly<Record<Stage, RunningStage>>;
  /** What climbs the ladders, by name. */
  readonly ladders: Sla['ladders'];
  /** All that read the log, by name. */
  readonly readers: Readonly<Record<string, Subscription>>;
  /** Resolves when the live picture has everything that was read. */
  settled(): Promise<void>;
};

export type LoopOptions = {
  readonly db: Database;
  readonly packDir: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** A log that stands elsewhere; without one it stands in the database, and all services share it. */
  readonly log?: EventLog | undefined;
  /** Where the timers are indexed; in the database unless given. */
  readonly redis?: RedisServer | undefined;
  /** How notices leave the house; none do unless told. */
  readonly ways?: SlaServices['ways'];
  /** How often hand-overs are looked after, and from what age on. */
  readonly handOvers?: StageServices['handOvers'];
};

/**
 * All services of the loop in one process on one database. Read it top to bottom to see what the loop
 * is made of; disposing the result stops the parts in the reverse order.
 */
export async function startLoop(options: LoopOptions): Promise<RunningLoop> {
  const { db, logger, metrics } = options;
  await using parts = new AsyncDisposableStack();
  const { log, shared } = await logOf(options, parts);
  const district = parts.use(
    await startDistrict({ db, log, packDir: options.packDir, logger, nowMs: Date.now() }),
  );
  const policies = parts.use(await startPolicyReader(log));
  await policies.atLeast(district.revision);

  const services: StageServices = {
    db,
    log,
    shared,
    policies,
    logger,
    locate: (id) => locate(stages, id),
    answersAt: (stage, keys) => running[stage].store.findKeys(keys),
    versionsAt: (stage, ids) => running[stage].store.versions(ids),
    handOvers: options.handOvers,
    ledgered: async (ids) => new Map(await archive.ledger.ledgered(ids)),
    ...stageMetrics(metrics),
    ...stageTimers(options.redis, metrics, logger),
  };
  const monitor = parts.use(
    await startMonitor({ db, log, shared, logger, policy: () => policies.current() }),
  );
  const archive = parts.use(
    // It keeps what it has recorded: nearly all of it is of what it holds for good.
    await startArchive({
      ...services,
      ledgered: undefined,
      ask: (given) => ask(stages, given),
    }),
  );
  const verification = parts.use(await startVerification(services));
  const handling = parts.use(await startHandling(services));
  const dispatch = parts.use(await startDispatch(services));
  const intake = parts.use(await startIntake({ ...services, ask: (given) => ask(stages, given) }));
  const running = {
    intake: intake.stage,
    dispatch,
    handling,
    verification,
    archive: archive.stage,
  };
  const sla = parts.use(
    await startSla({
      ...{ db, log, policies, logger, metrics, ways: options.ways ?? {} },
      holder: (id) => holderOf(stages, id),
      ask: (given) => ask(stages, given),
    }),
  );
  const readers = {
    sla: sla.reader,
    ...Object.fromEntries(Object.entries(running).map(([stage, s]) => [stage, s.arrivals])),
    ledger: archive.keeper,
    monitor: monitor.picture.reader,
    ...(archive.filler === undefined ? {} : { words: archive.filler }),
    ...(monitor.filler === undefined ? {} : { feed: monitor.filler }),
  };
  timerStates(metrics, running);
  runningMetrics(metrics, { stages: running, readers, gaps: () => archive.ledger.gaps() });
  openMetrics(metrics, db);
  const stages: Loop['stages'] = {
    intake: stageDoor(running.intake),
    dispatch: stageDoor(running.dispatch),
    handling: stageDoor(running.handling),
    verification: stageDoor(running.verification),
    archive: stageDoor(running.archive),
  };
  const loop: Loop = {
    stages,
    report: intake.report,
    reveal: (look) => intake.vault.reveal(look),
    mask: maskNumbers,
    keep: (secret) => intake.vault.keep(secret),
    ...sla.door,
    history: (id, from, limit) => archive.ledger.history(id, from, limit),
    picture: pictureDoor(monitor),
    district: districtDoor(district),
    policy: () => policies.current(),
    pack: () => policies.pack(),
    policies: () => policies.history,
  };
  const stop = parts.move();
  return {
    loop,
    district,
    log,
    stages: running,
    ladders: sla.ladders,
    readers,
    settled: () => monitor.picture.flushed(),
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

async function logOf(
  { db, log }: LoopOptions,
  parts: AsyncDisposableStack,
): Promise<{ log: EventLog; shared?: PostgresEventLog }> {
  if (log !== undefined) return { log };
  await migrateEventLog(db);
  const shared = parts.use(postgresEventLog(db));
  return { log: shared, shared };
}
