import { type Clock, type ClockBook, ClockKind, type ClockName, type Pause } from './clock.ts';
import { pauseClock, resumeClock } from './clock-moves.ts';
import { fromInstant, toInstant } from './instants.ts';
import type { WorkCalendar } from './work-calendar.ts';

const KINDS: readonly string[] = ClockKind.options;

/** Finds the compiled calendar a clock names (`clock.calendar`); throws when the policy has none of that id. */
export type CalendarOf = (clock: Clock) => WorkCalendar;

/** Whether time runs towards the due instant: no pause holds up a clock that is bound. */
export function isRunning(clock: Clock): boolean {
  const stands = clock.pausedAt !== undefined && clock.bound === undefined;
  return clock.stoppedAt === undefined && !stands;
}

/** A mark that has come due: amber (80 %, by the pack's share) or red (100 %), and its instant. */
export type DueMark = {
  readonly clock: ClockName;
  readonly mark: 'amber' | 'red';
  readonly at: string;
};

/**
 * The earliest instant at which a running clock gets its next mark: the moment an alarm has to be
 * armed for. `dueMarks` answers something exactly from this millisecond on. Undefined when nothing runs.
 */
export function nextDueMs(book: ClockBook): number | undefined {
  let next: string | undefined;
  for (const clock of Object.values(book)) {
    if (!awaitsMark(clock)) continue;
    const at = nextMarkAt(clock);
    if (next === undefined || at < next) next = at;
  }
  return next === undefined ? undefined : fromInstant(next);
}

/**
 * The marks to be recorded at `nowMs`, of each clock the next one only: it runs, does not bear it, and
 * the instant is reached. In the order of these instants, equal ones in the order of `ClockKind`, then
 * assisting units by id. A clock is red after it was amber, however long nobody looked; one that is red
 * is not warned of any more.
 *
 * Reaching the due instant marks, only passing it is late: what is finished in the very millisecond
 * of its due instant may bear a mark and be on time.
 */
export function dueMarks(book: ClockBook, nowMs: number): DueMark[] {
  const now = toInstant(nowMs);
  const due: DueMark[] = [];
  for (const [name, clock] of Object.entries(book)) {
    // The keys of a clock book are clock names.
    if (!awaitsMark(clock)) continue;
    const at = nextMarkAt(clock);
    if (at > now) continue;
    due.push({ clock: name as ClockName, mark: awaitsAmber(clock) ? 'amber' : 'red', at });
  }
  if (due.length > 1) due.sort((a, b) => compare(a.at, b.at) || compareNames(a.clock, b.clock));
  return due;
}

/**
 * Pauses the clocks the pause names, as far as they run. Answers the clocks it changed only, to be
 * laid over the book.
 */
export function pauseAll(
  book: ClockBook,
  pause: Pause,
  atMs: number,
  calendarOf: CalendarOf,
): ClockBook {
  return moved(book, pause.clocks, (clock) => {
    const fromMs = Math.max(atMs, fromInstant(clock.startedAt));
    return pauseClock(clock, fromMs, calendarOf(clock));
  });
}

/**
 * Resumes the clocks of a pause that ends at `atMs`, except those another open pause of the ledger
 * names too: overlapping pauses count once. The ledger may hold ended pauses, and `pause` itself as
 * open or ended. Answers the clocks it changed only, to be laid over the book.
 */
export function resumeAll(
  book: ClockBook,
  pause: Pause,
  ledger: readonly Pause[],
  atMs: number,
  calendarOf: CalendarOf,
): ClockBook {
  const others = ledger.filter((p) => p.endedAt === undefined && p.id !== pause.id);
  const free = pause.clocks.filter((name) => !others.some((p) => p.clocks.includes(name)));
  return moved(book, free, (clock) => resumeClock(clock, atMs, calendarOf(clock)));
}

/** The earliest `until` of the open pauses: they end by themselves then, so an alarm is armed for it. */
export function nextPauseEndMs(ledger: readonly Pause[]): number | undefined {
  let next: string | undefined;
  for (const { until, endedAt } of ledger) {
    if (until === undefined || endedAt !== undefined) continue;
    if (next === undefined || until < next) next = until;
  }
  return next === undefined ? undefined : fromInstant(next);
}

/** The open pauses whose `until` has been reached, in the order of those instants. */
export function endedPauses(ledger: readonly Pause[], nowMs: number): Pause[] {
  const now = toInstant(nowMs);
  return ledger
    .filter((p) => p.endedAt === undefined && p.until !== undefined && p.until <= now)
    .sort((a, b) => compare(a.until ?? '', b.until ?? ''));
}

function awaitsMark(clock: Clock): boolean {
  return isRunning(clock) && clock.redAt === undefined;
}

function awaitsAmber({ warnAt, amberAt }: Clock): boolean {
  return warnAt !== undefined && amberAt === undefined;
}

/** Of a clock that awaits a mark. */
function nextMarkAt(clock: Clock): string {
  return awaitsAmber(clock) ? (clock.warnAt ?? clock.dueAt) : clock.dueAt;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareNames(a: ClockName, b: ClockName): number {
  const [first, second] = [KINDS.indexOf(a), KINDS.indexOf(b)];
  if (first < 0 && second < 0) return compare(a, b);
  if (first < 0 || second < 0) return second - first;
  return first - second;
}

function moved(
  book: ClockBook,
  names: readonly ClockName[],
  move: (clock: Clock) => Clock,
): ClockBook {
  const changed: { [N in ClockName]?: Clock } = {};
  for (const name of names) {
    const clock = book[name];
    if (clock === undefined) continue;
    const after = move(clock);
    if (after !== clock) changed[name] = after;
  }
  return changed as ClockBook; // what was set is there
}
