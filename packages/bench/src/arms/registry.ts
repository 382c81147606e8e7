import type { LoopArm } from '../arm.ts';
import { ours } from '../ours/loop-arm.ts';
import { bullmq } from './bullmq.ts';
import { pgBoss } from './pg-boss.ts';
import { sqlFloor } from './sql-floor.ts';

// Commits of a single row wait for the disk: several in flight share one flush of the log.
const SINGLE_ROW_CONNECTIONS = 4;

/** Every arm of the loop by the short name that `--arms` takes, in the order of the report. */
export const loopArms = {
  ours,
  bullmq: () => bullmq({ withRow: false }),
  'bullmq-row': () => bullmq({ withRow: true }),
  'pg-boss': pgBoss,
  'floor-1': () =>
    sqlFloor('SQL floor, batch 1', {
      batch: 1,
      connections: SINGLE_ROW_CONNECTIONS,
      fedBy: 'memory',
    }),
  'floor-100': () =>
    sqlFloor('SQL floor, batch 100', { batch: 100, connections: 1, fedBy: 'memory' }),
  'floor-1000': () =>
    sqlFloor('SQL floor, batch 1000', { batch: 1_000, connections: 1, fedBy: 'memory' }),
  'floor-outbox': () =>
    sqlFloor('SQL floor, batch 1000, fed by the outbox', {
      batch: 1_000,
      connections: 1,
      fedBy: 'outbox',
    }),
} as const satisfies Record<string, () => LoopArm>;

/** Short name of an arm of the loop. */
export type LoopArmName = keyof typeof loopArms;

/** Whether a word of the command line names an arm. */
export function isLoopArm(name: string): name is LoopArmName {
  return Object.hasOwn(loopArms, name);
}
