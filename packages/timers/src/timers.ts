/** A thing that is due, and since when, ms. */
export type Due = { readonly id: string; readonly dueMs: number };

/** An index of when what is due; the truth is in the incidents' rows, this may vanish. */
export type TimerIndex = {
  /**
   * What is due by `nowMs`, the longest overdue first (then by id); with `after`, what comes behind that
   * in this order. The same again until its row has moved on.
   */
  due(nowMs: number, limit: number, after?: Due): Promise<readonly Due[]>;
  /** The earliest instant anything is due, or due later than `afterMs`, ms; undefined when nothing is. */
  nextDueMs(afterMs?: number): Promise<number | undefined>;
};
