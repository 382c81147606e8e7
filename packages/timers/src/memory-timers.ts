import { rowsAmong } from './rows-among.ts';
import { tableTimers } from './table-timers.ts';
import type { Place, TimerIndex, TimerRows } from './timers.ts';

export type MemoryTimers = {
  readonly rows: TimerRows;
  readonly index: TimerIndex;
  /** Where the thing stands from now on; undefined takes it off. */
  set(id: string, now: Place | undefined): void;
};

/** Rows in memory and the index of them, for tests. What is set is lost with the process. */
export function createMemoryTimers(options: { readonly leaseMs?: number } = {}): MemoryTimers {
  const places = new Map<string, Place>();
  const rows = rowsAmong(() => [...places].map(([id, place]) => ({ id, ...place })));
  return {
    rows,
    index: tableTimers(rows, options),
    set(id, now) {
      if (now === undefined) places.delete(id);
      else places.set(id, now);
    },
  };
}
