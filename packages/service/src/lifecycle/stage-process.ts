import { type Stage, stages } from '@cityloop/contracts';
import { Unavailable } from '@cityloop/kernel';
import {
  type PolicyReader,
  type RunningStage,
  type StageServices,
  startPolicyReader,
} from '@cityloop/stage';
import type { Methods } from '../calls/methods.ts';
import { answersAt, ask, locate, type StageDoors, versionsAt } from '../doors/custody.ts';
import { remoteArchive } from '../doors/other-calls.ts';
import { stageDoor } from '../doors/running-stage.ts';
import { remoteStage, stageMethods } from '../doors/stage-calls.ts';
import type { GivenAsk, StageCalls } from '../doors/stage-door.ts';
import { awaited } from './patience.ts';
import { openRedis } from './ports.ts';
import { readiness } from './readiness.ts';
import type { World } from './run-service.ts';
import type { Running } from './running.ts';
import { runningMetrics, stageMetrics } from './stage-metrics.ts';
import { stageTimers, timerStates } from './stage-timers.ts';

/** How long a stage waits for what it asks another one while its own work waits, ms. */
const ASIDE = { repeat: 'safe', patienceMs: 1_000 } as const;

/** What a loop service is built on, in a process of its own. */
export type StageWorld = StageServices & {
  /** Asks an incident's holder, whoever it is. */
  ask(given: GivenAsk): ReturnType<StageCalls['ask']>;
};

/** A loop service with what it has besides its stage. */
export type StartedStage = AsyncDisposable & {
  readonly stage: RunningStage;
  /** Further methods for other services. */
  readonly methods?: Methods;
  /** Further readers of the log, by name. */
  readonly readers?: Parameters<typeof runningMetrics>[1]['readers'];
  readonly gaps?: () => Promise<number>;
};

/** A loop service that has nothing besides its stage. */
export function alone(stage: RunningStage): StartedStage {
  return { stage, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

/** The newest policy, once the district has published one. */
export async function policyOf({ log, parts, patience }: World): Promise<PolicyReader> {
  const policies = parts.use(await startPolicyReader(log));
  await awaited(policies.atLeast(1), 'the district has not published its policy yet', patience);
  return policies;
}

/** Starts a loop service in a process of its own: the other stages are elsewhere, and called. */
export async function startStageProcess(
  own: Stage,
  world: World,
  start: (services: StageWorld) => Promise<StartedStage>,
): Promise<Running> {
  const { db, log, shared, logger, metrics, parts } = world;
  const policies = await policyOf(world);
  const { redis } = await openRedis(world.settings, parts);
  let door: StageCalls | undefined;
  const doors = doorsOf(own, world, () => {
    if (door !== undefined) return door;
    throw new Unavailable('STARTING', '服务正在启动 / the service is starting');
  });
  const started = parts.use(
    await start({
      ...{ db, log, shared, policies, logger },
      locate: (id) => locate(doors, id),
      answersAt: (stage, keys) => answersAt(doors, stage, keys),
      versionsAt: (stage, ids) => versionsAt(doors, stage, ids),
      ask: (given) => ask(doors, given),
      // Archive keeps what it has recorded: nearly all of it is of what it holds for good.
      ...(own === 'archive' ? {} : { ledgered: ledgeredBy(world) }),
      ...stageMetrics(metrics),
      ...stageTimers(redis, metrics, logger),
    }),
  );
  door = stageDoor(started.stage);
  const running = { [own]: started.stage };
  const readers = { [own]: started.stage.arrivals, ...started.readers };
  const { gaps } = started;
  timerStates(metrics, running);
  runningMetrics(metrics, { stages: running, readers, ...(gaps === undefined ? {} : { gaps }) });
  return {
    methods: { ...stageMethods(door), ...started.methods },
    ready: readiness(db, { stages: running, readers }),
  };
}

function ledgeredBy({ peers }: World): NonNullable<StageServices['ledgered']> {
  const archive = remoteArchive(peers.of('archive'));
  return async (ids) => new Map(await archive.ledgered(ids));
}

function doorsOf(own: Stage, { peers }: World, here: () => StageCalls): StageDoors {
  const doors = stages.map((stage): [Stage, StageCalls] => {
    if (stage !== own) return [stage, remoteStage(peers.of(stage), ASIDE)];
    const local: StageCalls = {
      command: async (given) => here().command(given),
      ask: async (given) => here().ask(given),
      whereabouts: async (id) => here().whereabouts(id),
      row: async (id) => here().row(id),
      handedOver: async (id) => here().handedOver(id),
      versions: async (ids) => here().versions(ids),
      answers: async (keys) => here().answers(keys),
      held: async (filter) => here().held(filter),
      awaiting: async (filter) => here().awaiting(filter),
      countdown: async (filter) => here().countdown(filter),
      lamps: async (filter) => here().lamps(filter),
      parked: async (limit) => here().parked(limit),
      replay: async (id) => here().replay(id),
    };
    return [stage, local];
  });
  // One for each of the stages.
  return Object.fromEntries(doors) as StageDoors;
}
