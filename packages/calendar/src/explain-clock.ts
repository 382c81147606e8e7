import type { Clock, ClockName, Pause } from './clock.ts';
import { ownBasis } from './clock-bound.ts';
import { countedMs, dueFromParts, remainingOf } from './clock-due.ts';
import { remainingMs } from './clock-moves.ts';
import type { HolidayTable } from './holiday-table.ts';
import { fromInstant, toInstant } from './instants.ts';
import { type Lamp, lampOf } from './lamp.ts';
import { formatLimit, isUrgent, limitMs } from './limits.ts';
import { countedDays, type DayRun, type Stretch } from './open-time.ts';
import type { WorkCalendar } from './work-calendar.ts';

/** What a clock is explained by: all of it as of the instant that is asked about. */
export type ToExplain = {
  readonly name: ClockName;
  readonly clock: Clock;
  /** The ledger of the incident; lines that do not name the clock are left out. */
  readonly pauses: readonly Pause[];
  readonly calendar: WorkCalendar;
  readonly calendarName: string;
  readonly holidays: HolidayTable;
  readonly atMs: number;
};

/** A stretch in which the clock ran, and what it counted of it. */
export type CountedPeriod = {
  readonly from: string;
  readonly to: string;
  readonly ms: number;
  /** Day by day; none of an urgent limit, which counts round the clock. */
  readonly days: readonly DayRun[];
};

/** A stretch in which it stood, and what it would have counted. */
export type StoodPeriod = {
  readonly from: string;
  /** Absent while it stands. */
  readonly to?: string;
  readonly ms: number;
};

/** Everything a due instant was computed from, and where the clock stands. Amounts are ms. */
export type ClockExplanation = {
  readonly clock: ClockName;
  readonly epoch: number;
  readonly limit: Clock['limit'] & { readonly text: string; readonly ms: number };
  /** Where its own limit came from. */
  readonly basis: string;
  readonly revision: number;
  /** The activation of a mode (平战) by which the limit is not the ordinary one. */
  readonly mode?: string;
  /** What one 工作日 is worth is `workDayMs`. */
  readonly calendar: { readonly id: string; readonly name: string; readonly workDayMs: number };
  readonly startedAt: string;
  readonly firstDueAt: string;
  readonly dueAt: string;
  /** When its own limit ends, which is `dueAt` unless something binds it. */
  readonly ownDueAt: string;
  readonly bound?: { readonly at: string; readonly basis: string; readonly binds: boolean };
  readonly provisional?: true;
  readonly counted: readonly CountedPeriod[];
  readonly stood: readonly StoodPeriod[];
  /** The lines of the ledger that name this clock, as they stand. */
  readonly pauses: readonly Pause[];
  readonly extensions: NonNullable<Clock['extensions']>;
  readonly sum: {
    readonly limitMs: number;
    readonly extensionMs: number;
    readonly countedMs: number;
    /** Whether what was counted up to `ownDueAt` is limit and extensions, to the millisecond. */
    readonly adds: boolean;
  };
  readonly at: string;
  readonly state: 'running' | 'paused' | 'stopped';
  readonly stoppedAt?: string;
  readonly verdict?: 'on-time' | 'late';
  readonly lamp: Lamp;
  readonly remainingMs: number;
  /** Wall time since it was due, until it stopped or was looked at. */
  readonly overdueMs: number;
};

/** Explains one clock; pure. `sum.adds` is false when another calendar made the due instant. */
export function explainClock(given: ToExplain): ClockExplanation {
  const { name, clock, calendar, calendarName, atMs } = given;
  const { limit, bound } = clock;
  const binds = bound !== undefined && clock.basis === bound.basis;
  const ownDueMs = binds ? dueFromParts(clock, calendar) : fromInstant(clock.dueAt);
  const counted = countedUpTo(ownDueMs, given);
  const workDayMs = calendar.workDayMsAt(fromInstant(clock.startedAt));
  const wholeMs = limitMs(limit, workDayMs);
  const extensions = clock.extensions ?? [];
  const extensionMs = extensions.reduce((sum, { ms }) => sum + ms, 0);
  const sumMs = counted.reduce((sum, { ms }) => sum + ms, 0);
  return {
    clock: name,
    epoch: clock.epoch,
    limit: { ...limit, text: formatLimit(limit), ms: wholeMs },
    basis: ownBasis(clock),
    revision: clock.revision,
    ...(clock.mode === undefined ? {} : { mode: clock.mode }),
    calendar: { id: clock.calendar, name: calendarName, workDayMs },
    startedAt: clock.startedAt,
    firstDueAt: clock.firstDueAt,
    dueAt: clock.dueAt,
    ownDueAt: toInstant(ownDueMs),
    ...(bound === undefined ? {} : { bound: { at: bound.at, basis: bound.basis, binds } }),
    ...(clock.provisional === undefined ? {} : { provisional: clock.provisional }),
    counted,
    stood: stoodPeriods(given),
    pauses: given.pauses.filter((pause) => pause.clocks.includes(name)),
    extensions,
    sum: {
      limitMs: wholeMs,
      extensionMs,
      countedMs: sumMs,
      adds: sumMs === wholeMs + extensionMs,
    },
    at: toInstant(atMs),
    ...standing(clock, calendar, atMs),
  };
}

/** The running stretches up to the end of its own limit. */
function countedUpTo(dueMs: number, given: ToExplain): CountedPeriod[] {
  const { clock, calendar, holidays } = given;
  const periods: CountedPeriod[] = [];
  for (const { fromMs, toMs } of running(clock, dueMs)) {
    const urgent = isUrgent(clock.limit.unit);
    periods.push({
      from: toInstant(fromMs),
      to: toInstant(toMs),
      ms: countedMs(clock.limit.unit, calendar, fromMs, toMs),
      days: urgent ? [] : countedDays(calendar, holidays, { fromMs, toMs }),
    });
  }
  return periods;
}

function running(clock: Clock, dueMs: number): Stretch[] {
  const stretches: Stretch[] = [];
  let fromMs = fromInstant(clock.startedAt);
  for (const pause of clock.pauses ?? []) {
    const pausedMs = fromInstant(pause.from);
    // What stood after the due instant took no part in it.
    if (pausedMs > dueMs) break;
    stretches.push({ fromMs, toMs: pausedMs });
    fromMs = fromInstant(pause.to);
  }
  return [...stretches, { fromMs, toMs: Math.max(fromMs, dueMs) }].filter((s) => s.toMs > s.fromMs);
}

function stoodPeriods({ clock, calendar, atMs }: ToExplain): StoodPeriod[] {
  const { unit } = clock.limit;
  const ended = (clock.pauses ?? []).map(({ from, to }) => ({
    from,
    to,
    ms: countedMs(unit, calendar, fromInstant(from), fromInstant(to)),
  }));
  const { pausedAt, stoppedAt } = clock;
  if (pausedAt === undefined) return ended;
  const toMs = stoppedAt === undefined ? atMs : fromInstant(stoppedAt);
  const ms = countedMs(unit, calendar, fromInstant(pausedAt), toMs);
  return [...ended, { from: pausedAt, ...(stoppedAt === undefined ? {} : { to: stoppedAt }), ms }];
}

function standing(clock: Clock, calendar: WorkCalendar, atMs: number) {
  const { stoppedAt, verdict, pausedAt, bound } = clock;
  const stands = pausedAt !== undefined && bound === undefined;
  // While it stands it is judged by the beginning of its pause.
  const judgedMs = stands ? fromInstant(pausedAt) : Math.min(atMs, ended(stoppedAt));
  const late = judgedMs > fromInstant(clock.dueAt);
  const untilMs = Math.min(atMs, ended(stoppedAt));
  return {
    state: stateOf(clock, stands),
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    ...(verdict === undefined ? {} : { verdict }),
    lamp: lampOf(clock, atMs, calendar),
    remainingMs:
      bound === undefined
        ? remainingMs(clock, atMs, calendar)
        : remainingOf(clock, untilMs, calendar),
    overdueMs: late ? Math.max(0, untilMs - fromInstant(clock.dueAt)) : 0,
  } as const;
}

function ended(stoppedAt: string | undefined): number {
  return stoppedAt === undefined ? Number.POSITIVE_INFINITY : fromInstant(stoppedAt);
}

function stateOf({ stoppedAt }: Clock, stands: boolean): ClockExplanation['state'] {
  if (stoppedAt !== undefined) return 'stopped';
  return stands ? 'paused' : 'running';
}
