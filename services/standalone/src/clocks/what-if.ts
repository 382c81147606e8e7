import { type Clock, isRunning } from '@cityloop/calendar';
import { type Policy, plannedUnder } from '@cityloop/incident';
import { fromIso } from '@cityloop/kernel';
import type { ClockRun } from './runs.ts';

/** What becomes of a clock: on time, late, or neither yet. */
export type Judged = 'on-time' | 'late' | 'open';

export type WhatIf = {
  readonly before: Judged;
  readonly after: Judged;
  /** Whether its deadline comes out at another instant. */
  readonly moved: boolean;
  /** Whether the policy has no row for it, or a mode (平战) set its limit: then it stays as it was. */
  readonly left: boolean;
};

/**
 * A run of a clock as it was and as it would have been: the other limit and calendar from its start, with the
 * pauses, extensions and upstream dues it had; people are taken to have done what they did when they did.
 */
export function whatIf({ clock, incident }: ClockRun, policy: Policy, endMs: number): WhatIf {
  const before = clock.verdict ?? judged(clock, clock.stoppedAt, endMs);
  const { stoppedAt, verdict: _verdict, ...open } = clock;
  const planned = clock.mode === undefined ? plannedUnder(policy, open, incident) : undefined;
  if (planned === undefined) return { before, after: before, moved: false, left: true };
  const moved = planned.dueAt !== clock.dueAt;
  return { before, after: judged(planned, stoppedAt, endMs), moved, left: false };
}

/** As `stopClock` judges; a clock that runs on is late once its due instant has passed. */
function judged(clock: Clock, stoppedAt: string | undefined, endMs: number): Judged {
  const { dueAt, pausedAt, bound } = clock;
  if (stoppedAt !== undefined) {
    const at = bound === undefined ? (pausedAt ?? stoppedAt) : stoppedAt;
    return at > dueAt ? 'late' : 'on-time';
  }
  const passed = isRunning(clock) ? endMs > fromIso(dueAt) : (pausedAt ?? '') > dueAt;
  return passed ? 'late' : 'open';
}
