import type { Entry, LoopArm } from '../arm.ts';
import { chooseArms, type Mode, type Options } from '../options.ts';
import type { FloorOptions } from './sql-floor.ts';

// Commits of a single row wait for the disk: several in flight share one flush of the log.
const SINGLE_ROW_CONNECTIONS = 4;

/** An arm of the loop; `steps` is what it goes through: peers hop on by queue, ours stores events. */
type LoopEntry = Entry<LoopArm> & { readonly steps: 'hops' | 'events' };

const bullmq = (name: string, withRow: boolean): LoopEntry => ({
  name,
  steps: 'hops',
  load: async () => (await import('./bullmq.ts')).bullmq({ withRow }),
});

const floor = (name: string, options: FloorOptions): LoopEntry => ({
  name,
  steps: 'hops',
  load: async () => (await import('./sql-floor.ts')).sqlFloor(options),
});

/** Every arm of the loop by the short name that `--arms` takes, in the order of the report. */
export const loopArms = {
  ours: {
    name: 'CityLoop, everything on',
    steps: 'events',
    load: async () => (await import('../ours/loop-arm.ts')).ours(),
  },
  'ours-kafka': {
    name: 'CityLoop on Kafka, everything on',
    steps: 'events',
    load: async () => (await import('../ours/kafka-arm.ts')).oursOnKafka(),
  },
  'ours-kafka-one': {
    name: 'CityLoop on Kafka in one process',
    steps: 'events',
    load: async () => (await import('../ours/loop-arm.ts')).ours('kafka'),
  },
  bullmq: bullmq('BullMQ, everysec', false),
  'bullmq-row': bullmq('BullMQ + one Postgres row a stage', true),
  'pg-boss': {
    name: 'pg-boss work(), batch 1000',
    steps: 'hops',
    load: async () => (await import('./pg-boss.ts')).pgBoss(),
  },
  'floor-1': floor('SQL floor, batch 1', {
    batch: 1,
    connections: SINGLE_ROW_CONNECTIONS,
    fedBy: 'memory',
  }),
  'floor-100': floor('SQL floor, batch 100', { batch: 100, connections: 1, fedBy: 'memory' }),
  'floor-1000': floor('SQL floor, batch 1000', { batch: 1_000, connections: 1, fedBy: 'memory' }),
  'floor-outbox': floor('SQL floor, fed by the outbox', {
    batch: 1_000,
    connections: 1,
    fedBy: 'outbox',
  }),
} as const satisfies Record<string, LoopEntry>;

/** Short name of an arm of the loop. */
export type LoopArmName = keyof typeof loopArms;

/** Whether a word of the command line names an arm. */
export function isLoopArm(name: string): name is LoopArmName {
  return Object.hasOwn(loopArms, name);
}

/** Which arm is ours. */
export const oursIn: Readonly<Record<Mode, LoopArmName>> = {
  embedded: 'ours',
  kafka: 'ours-kafka',
};

/** What we have of each mode. */
const ourArms: Readonly<Record<Mode, readonly LoopArmName[]>> = {
  embedded: [oursIn.embedded],
  kafka: [oursIn.kafka, 'ours-kafka-one'],
};

/** The chosen arms of the mode, where `ours` is the one of the mode; all but `spared` unless told. */
export function loopArmsFor(
  { mode, arms }: Pick<Options, 'mode' | 'arms'>,
  spared: readonly LoopArmName[] = [],
): readonly LoopArmName[] {
  const chosen = arms.map((name) => (name === 'ours' ? oursIn[mode] : name));
  const others = Object.entries(ourArms).flatMap(([of, names]) => (of === mode ? [] : names));
  const left = arms.length === 0 ? [...others, ...spared] : others;
  return chooseArms(loopArms, chosen, isLoopArm).filter((name) => !left.includes(name));
}
