import type { Armed, Due, TimerRows } from './timers.ts';

/** The rows when these are all that is armed; asked at each look. */
export function rowsAmong(all: () => Iterable<Armed>): TimerRows {
  const sorted = () => [...all()].toSorted(inOrder);
  return {
    due: async (nowMs, limit, after) =>
      sorted()
        .filter((one) => one.dueMs <= nowMs && (after === undefined || inOrder(after, one) < 0))
        .slice(0, limit),
    async nextDueMs(afterMs = Number.NEGATIVE_INFINITY) {
      return sorted().find(({ dueMs }) => dueMs > afterMs)?.dueMs;
    },
    async dues(ids) {
      const wanted = new Set(ids);
      return new Map(sorted().flatMap((one) => (wanted.has(one.id) ? [[one.id, one]] : [])));
    },
    countdown: async (centreId, limit) =>
      sorted()
        .filter((one) => one.centreId === centreId)
        .slice(0, limit)
        .map(({ id, dueMs }) => ({ id, dueMs })),
  };
}

/** The order of the rows: by due instant, then by id. */
export function inOrder(a: Due, b: Due): number {
  if (a.dueMs !== b.dueMs) return a.dueMs - b.dueMs;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
