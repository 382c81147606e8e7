import { expect } from 'vitest';
import { Clock, type Limit, pauseClock, resumeClock, startClock } from '../src/index.ts';
import { at, office, shown } from './fixture.ts';

export const HOUR_MS = 3_600_000;
export const hours = (amount: number): Limit => ({ amount, unit: 'work-hour' });
export const urgent = (amount: number): Limit => ({ amount, unit: 'urgent-hour' });

export function started(start: string, limit: Limit): Clock {
  return startClock({ limit, calendar: office, revision: 7, basis: 'standard:1', atMs: at(start) });
}

/** Due instant in Shanghai; also proves that the clock is fit for the wire. */
export function due(clock: Clock): string {
  expect(Clock.parse(JSON.parse(JSON.stringify(clock)))).toEqual(clock);
  return shown(Date.parse(clock.dueAt));
}

export const paused = (clock: Clock, time: string): Clock => pauseClock(clock, at(time), office);
export const resumed = (clock: Clock, time: string): Clock => resumeClock(clock, at(time), office);
