/** A thing that is due, and since when, ms. */
export type Due = { readonly id: string; readonly dueMs: number };

/** On whose list something stands, and when it is due, ms. */
export type Place = { readonly centreId: string; readonly dueMs: number };

/** A thing and its place. */
export type Armed = Place & { readonly id: string };

/** What became of a thing: where it stands now, and where it stood before. */
export type Change = {
  readonly id: string;
  /** Absent when it is due no more. */
  readonly now?: Place | undefined;
  /**
   * What the index may still have of it. Without it an old entry stays, is claimed when it comes due,
   * and is taken off by what the rows say.
   */
  readonly before?: Place | undefined;
};

/** Something due that nobody else is given until the lease ends. */
export type Claimed = Due & {
  /** The index's own mark of the lease, to be given back with the acknowledgement. */
  readonly lease: string;
};

export type Claim = {
  /** The longest overdue first. */
  readonly timers: readonly Claimed[];
  /** When to claim again, ms: not later than asked when there is more; undefined when nothing is armed. */
  readonly nextMs: number | undefined;
};

/** What was looked after, and where the row says it stands now; absent when it is due no more. */
export type Settled = { readonly timer: Claimed; readonly now?: Place | undefined };

/**
 * An index of when what is due, and the countdown list of each centre. The truth is in the incidents'
 * rows: this may vanish, be late or name what is due no more. All instants are ms of the caller's clock.
 */
export type TimerIndex = {
  /** Told after commits, each id once a call. A hint: it may be lost, and the sweep finds it. */
  arm(changes: readonly Change[]): Promise<void>;
  /**
   * What is due by `nowMs`, the longest overdue first, at most `limit`; nobody is given the same before
   * the lease ends. What is not acknowledged by then is claimed again.
   */
  claim(nowMs: number, limit: number): Promise<Claim>;
  /**
   * Ends the leases, after the commit: what moved on is armed anew or taken off, what did not is claimed
   * again from `againMs` on. Of a lease that has ended meanwhile nothing is changed.
   */
  acknowledge(settled: readonly Settled[], againMs: number): Promise<void>;
  /** A lower bound of when anything is due, ms, exact after a claim; undefined when nothing is. */
  nextDueMs(): Promise<number | undefined>;
  /** What is due when on a centre's own list, in order; leased ones included. */
  countdown(centreId: string, limit: number): Promise<readonly Due[]>;
  /**
   * Enters what the rows have, unless it stands there or is leased; how many were missing. Absent where
   * the rows are the index.
   */
  restore?(armed: readonly Armed[]): Promise<number>;
  /** `degraded`: deadlines come from the rows meanwhile. */
  state(): 'ok' | 'degraded';
};

/** The rows that are the truth, of one service. In their order: by due instant, then by id. */
export type TimerRows = {
  /** What is due by `nowMs`; with `after`, what comes behind that in the order. */
  due(nowMs: number, limit: number, after?: Due): Promise<readonly Armed[]>;
  /** The earliest instant anything is due, or due later than `afterMs`, ms; undefined when nothing is. */
  nextDueMs(afterMs?: number): Promise<number | undefined>;
  /** Where these stand; those due no more are absent. */
  dues(ids: readonly string[]): Promise<ReadonlyMap<string, Place>>;
  /** What is due when on a centre's own list. */
  countdown(centreId: string, limit: number): Promise<readonly Due[]>;
};
