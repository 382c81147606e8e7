/** An index of when what is due; the truth is in the incidents' rows, this may vanish. */
export type TimerIndex = {
  /** Ids due by `nowMs`, the longest overdue first; the same again until their row has moved on. */
  due(nowMs: number, limit: number): Promise<readonly string[]>;
  /** The earliest instant anything is due, ms; undefined when nothing is armed. */
  nextDueMs(): Promise<number | undefined>;
};
