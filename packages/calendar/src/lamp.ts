import type { Clock } from './clock.ts';
import { allowedMs, remainingOf } from './clock-due.ts';
import { fromInstant, toInstant } from './instants.ts';
import type { WorkCalendar } from './work-calendar.ts';

/** 绿黄红: in time; most of the time is used up; due. */
export type Lamp = 'green' | 'amber' | 'red';

/** The share of its time after which a clock is amber that was set by a build that did not warn. */
const AMBER = 0.8;

/**
 * The lamp of a clock at an instant, whether or not a mark has been recorded yet. A clock that stands keeps
 * the lamp it had, one that has stopped is red if it was late.
 */
export function lampOf(clock: Clock, atMs: number, calendar: WorkCalendar): Lamp {
  if (clock.verdict !== undefined) return clock.verdict === 'late' ? 'red' : 'green';
  const stands = clock.pausedAt !== undefined && clock.bound === undefined;
  const at = stands && clock.pausedAt !== undefined ? fromInstant(clock.pausedAt) : atMs;
  if (clock.redAt !== undefined || clock.dueAt <= toInstant(at)) return 'red';
  return isAmber(clock, at, calendar) ? 'amber' : 'green';
}

function isAmber(clock: Clock, atMs: number, calendar: WorkCalendar): boolean {
  if (clock.amberAt !== undefined) return true;
  if (clock.warnAt !== undefined) return clock.warnAt <= toInstant(atMs);
  const wholeMs = allowedMs(clock, calendar);
  return remainingOf(clock, atMs, calendar) <= wholeMs - Math.round(wholeMs * AMBER);
}
