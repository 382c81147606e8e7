import type { Entry } from '../arm.ts';
import type { TimersArm } from './timers-arm.ts';

/** Every arm of the timers by its short name, in the order of the report. */
export const timersArms = {
  ours: { name: 'CityLoop timers in Redis', load: async () => (await import('./ours.ts')).ours() },
  bullmq: {
    name: 'BullMQ delayed jobs',
    load: async () => (await import('./bullmq.ts')).bullmq(),
  },
  'pg-boss': {
    name: 'pg-boss startAfter',
    load: async () => (await import('./pg-boss.ts')).pgBoss(),
  },
  sql: {
    name: 'Postgres table, 10 ms poll',
    load: async () => (await import('./sql-poll.ts')).sqlPoll(),
  },
} as const satisfies Record<string, Entry<TimersArm>>;

/** Short name of an arm of the timers. */
export type TimersArmName = keyof typeof timersArms;

/** Whether a word of the command line names an arm. */
export function isTimersArm(name: string): name is TimersArmName {
  return Object.hasOwn(timersArms, name);
}
