import type { TimerIndex } from './timers.ts';

export type MemoryTimers = TimerIndex & {
  /** When the thing is due, ms; undefined takes it off. */
  arm(id: string, dueMs: number | undefined): void;
};

/** The index in memory, for simulation and tests. What is armed with it is lost with the process. */
export function createMemoryTimers(): MemoryTimers {
  const dues = new Map<string, number>();
  return {
    arm(id, dueMs) {
      if (dueMs === undefined) dues.delete(id);
      else dues.set(id, dueMs);
    },
    async due(nowMs, limit) {
      return [...dues]
        .filter(([, dueMs]) => dueMs <= nowMs)
        .sort(([, a], [, b]) => a - b)
        .slice(0, limit)
        .map(([id]) => id);
    },
    async nextDueMs() {
      return dues.size === 0 ? undefined : Math.min(...dues.values());
    },
  };
}
