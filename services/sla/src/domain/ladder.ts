import { type Clock, isRunning, isUrgent, type Limit, limitMs } from '@cityloop/calendar';
import type { PackLadder, PackRung } from '@cityloop/contracts';
import { fromIso } from '@cityloop/kernel';

/** What the ladder asks of a calendar: `WorkCalendar` is one. */
export type Counting = {
  workDayMsAt(ms: number): number;
  add(startMs: number, workingMs: number): number;
};

/** One rung of a clock's ladder with the instant it falls due; of `every` each time is one of its own. */
export type DueRung = {
  /** Unique on the ladder: the rung's id, of `every` with `#1`, `#2` … behind it. */
  readonly id: string;
  readonly dueMs: number;
  readonly rung: PackRung;
};

/** Where a clock stands on its ladder. */
export type Standing = {
  readonly epoch: number;
  /** The due instant the rungs were counted from, ISO 8601. */
  readonly dueAt: string;
  /** Ids of the rungs that have been told of, or passed with a higher one. */
  readonly fired: readonly string[];
};

export type Climb = {
  readonly standing: Standing;
  /** What is due by now and was not told of, in due order; the last is the highest. */
  readonly reached: readonly DueRung[];
  /** When the next rung is due, ms; undefined when none is, or the clock stands still. */
  readonly nextMs: number | undefined;
};

/**
 * The rungs of a clock in due order, as far as their instants are known: what follows the red mark is
 * only when the mark is recorded, so that nothing escalates that the custodian has not called late.
 */
export function rungsOf(ladder: PackLadder, clock: Clock, calendar: Counting): readonly DueRung[] {
  const rungs = ladder.rungs.flatMap((rung) => dueOf(rung, clock, calendar));
  return rungs.toSorted((a, b) => a.dueMs - b.dueMs);
}

/**
 * Where a clock stands at `nowMs`. A new epoch begins the ladder anew, but for one that left the due
 * instant where it was (a pause granted to what was late already): who was told of that lateness is not told
 * again. Undefined when there is nothing to climb: the clock has stopped.
 */
export function climb(
  before: Standing | undefined,
  clock: Clock,
  ladder: PackLadder,
  calendar: Counting,
  nowMs: number,
): Climb | undefined {
  if (clock.stoppedAt !== undefined) return undefined;
  const known = before !== undefined && before.dueAt === clock.dueAt ? before.fired : [];
  const standing = { epoch: clock.epoch, dueAt: clock.dueAt, fired: known };
  if (!isRunning(clock)) return { standing, reached: [], nextMs: undefined };
  const open = rungsOf(ladder, clock, calendar).filter(({ id }) => !known.includes(id));
  const reached = open.filter(({ dueMs }) => dueMs <= nowMs);
  return {
    standing: { ...standing, fired: [...known, ...reached.map(({ id }) => id)] },
    reached,
    nextMs: open.find(({ dueMs }) => dueMs > nowMs)?.dueMs,
  };
}

function dueOf(rung: PackRung, clock: Clock, calendar: Counting): readonly DueRung[] {
  const { at, id } = rung;
  const one = (dueMs: number | undefined): DueRung[] =>
    dueMs === undefined ? [] : [{ id, dueMs, rung }];
  if ('mark' in at && at.mark === 'amber') return one(instant(clock.amberAt));
  const redMs = instant(clock.redAt);
  if (redMs === undefined) return [];
  if ('mark' in at) return one(redMs);
  if ('percent' in at)
    return one(later(redMs, beyond(clock, at.percent, calendar), clock, calendar));
  if ('after' in at) return one(laterBy(redMs, at.after.limit, 1, calendar));
  return Array.from({ length: at.most }, (_, n) => ({
    id: `${id}#${n + 1}`,
    dueMs: laterBy(redMs, at.every.limit, n + 1, calendar),
    rung,
  }));
}

const instant = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : fromIso(text);

/** What `percent` is beyond the whole limit, in the time the clock counts, ms. */
function beyond(clock: Clock, percent: number, calendar: Counting): number {
  let wholeMs = limitMs(clock.limit, calendar.workDayMsAt(fromIso(clock.startedAt)));
  for (const { ms } of clock.extensions ?? []) wholeMs += ms;
  return Math.round((wholeMs * (percent - 100)) / 100);
}

function later(fromMs: number, ms: number, { limit }: Clock, calendar: Counting): number {
  return isUrgent(limit.unit) ? fromMs + ms : calendar.add(fromMs, ms);
}

function laterBy(fromMs: number, limit: Limit, times: number, calendar: Counting): number {
  const ms = limitMs(limit, calendar.workDayMsAt(fromMs)) * times;
  return isUrgent(limit.unit) ? fromMs + ms : calendar.add(fromMs, ms);
}
