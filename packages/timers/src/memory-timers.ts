import type { Due, TimerIndex } from './timers.ts';

export type MemoryTimers = TimerIndex & {
  /** When the thing is due, ms; undefined takes it off. */
  arm(id: string, dueMs: number | undefined): void;
};

/** The index in memory, for simulation and tests. What is armed with it is lost with the process. */
export function createMemoryTimers(): MemoryTimers {
  const dues = new Map<string, number>();
  const all = (): Due[] => [...dues].map(([id, dueMs]) => ({ id, dueMs }));
  return {
    arm(id, dueMs) {
      if (dueMs === undefined) dues.delete(id);
      else dues.set(id, dueMs);
    },
    due: async (nowMs, limit, after) => dueAmong(all(), nowMs, limit, after),
    nextDueMs: async (afterMs) => nextAmong(all(), afterMs),
  };
}

/** What `TimerIndex.due` answers when these are all that is armed. */
export function dueAmong(armed: readonly Due[], nowMs: number, limit: number, after?: Due): Due[] {
  return armed
    .filter((one) => one.dueMs <= nowMs && (after === undefined || inOrder(after, one) < 0))
    .toSorted(inOrder)
    .slice(0, limit);
}

/** What `TimerIndex.nextDueMs` answers when these are all that is armed. */
export function nextAmong(
  armed: readonly Due[],
  afterMs = Number.NEGATIVE_INFINITY,
): number | undefined {
  const later = armed.map(({ dueMs }) => dueMs).filter((dueMs) => dueMs > afterMs);
  return later.length === 0 ? undefined : Math.min(...later);
}

function inOrder(a: Due, b: Due): number {
  if (a.dueMs !== b.dueMs) return a.dueMs - b.dueMs;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
