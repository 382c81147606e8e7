/** How an engine lets time pass. A simulation brings its own, so that one seed tells one story. */
export type Timing = {
  /** Milliseconds that only go forward. */
  nowMs(): number;
  /** Runs the task once `ms` have passed; the answer calls it off. */
  after(ms: number, task: () => void): () => void;
  /** Runs the task when all that has arrived at the process by now has been heard of. */
  soon(task: () => void): void;
};

/** The machine's own time. */
export const realTiming: Timing = {
  nowMs: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  soon: (task) => void setImmediate(task),
};
