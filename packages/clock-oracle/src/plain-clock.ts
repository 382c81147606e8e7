import type { Counting } from './plain-calendar.ts';
import type { ToldLimit } from './told.ts';

/** A clock as the oracle keeps it: when it began, what was done to it since, and what follows. */
export type Kept = {
  readonly startedMs: number;
  limit: ToldLimit;
  calendar: string;
  /** The mode its limit is of. */
  mode: string | undefined;
  revision: number;
  epoch: number;
  /** The due instant by its own time, whatever binds it. */
  ownMs: number;
  boundMs: number | undefined;
  /** When it came to stand; undefined while no pause holds it. */
  standsMs: number | undefined;
  stoppedMs: number | undefined;
  /** Whether it stopped behind its due instant. */
  late: boolean;
  /** The share of its time after which it warns; undefined when it never does. */
  warnShare: number | undefined;
  /** When it warns. */
  warnMs: number;
  /** The instant of warning that was marked amber. */
  amberMs: number | undefined;
  /** The due instant that was marked red. */
  redMs: number | undefined;
  /** The due instant it began with. */
  promisedMs: number;
  /** When an event last changed it. */
  touchedMs: number;
  readonly steps: Step[];
};

export type Step =
  | { readonly kind: 'stood'; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: 'given';
      readonly fromMs: number;
      readonly toMs: number;
      readonly ms: number;
      /** Because a mode began or ended; the next one takes it back. */
      readonly byMode?: boolean;
    };

/** The due instant that counts: the clock's own, or the earlier one upstream has set. */
export function dueOf(kept: Kept): number {
  const { boundMs, ownMs } = kept;
  return boundMs !== undefined && boundHolds(kept, boundMs) ? boundMs : ownMs;
}

/** While the clock stands the instant alone counts, which no pause of ours moves. */
export function boundHolds({ ownMs, standsMs }: Kept, boundMs: number): boolean {
  return boundMs < ownMs || (standsMs !== undefined && standsMs < ownMs);
}

export function isRunning({ stoppedMs, standsMs, boundMs }: Kept): boolean {
  return stoppedMs === undefined && (standsMs === undefined || boundMs !== undefined);
}

/** It stood from one instant to another: what was left goes on, unless nothing was. */
export function stood(kept: Kept, fromMs: number, toMs: number, count: Counting): void {
  if (fromMs > kept.ownMs) return;
  kept.ownMs = pushedOn(kept.ownMs, fromMs, toMs, count);
  if (toMs > fromMs) kept.steps.push({ kind: 'stood', fromMs, toMs });
}

function pushedOn(dueMs: number, fromMs: number, toMs: number, count: Counting): number {
  if (dueMs >= toMs && count.between(fromMs, toMs) === 0) return dueMs;
  return count.add(toMs, Math.max(0, count.between(fromMs, dueMs)));
}

/** More time, up to an instant. */
export function given(kept: Kept, toMs: number, count: Counting): void {
  const ms = Math.max(0, count.between(kept.ownMs, toMs));
  kept.steps.push({ kind: 'given', fromMs: kept.ownMs, toMs, ms });
  kept.ownMs = toMs;
}

/** 返工: on with what was left; `leastMs` of it at the least, from now. */
export function goesOn(kept: Kept, atMs: number, leastMs: number, count: Counting): void {
  const sinceMs = kept.standsMs ?? kept.stoppedMs ?? atMs;
  const leftMs = count.between(sinceMs, kept.ownMs);
  const overdue = sinceMs > kept.ownMs;
  kept.stoppedMs = undefined;
  kept.standsMs = undefined;
  stood(kept, sinceMs, atMs, count);
  const least = count.add(atMs, leastMs);
  if (leastMs <= 0 || least <= kept.ownMs) return;
  if (overdue) kept.steps.push({ kind: 'stood', fromMs: sinceMs, toMs: atMs });
  const ms = Math.max(0, count.between(atMs, least) - leftMs);
  kept.steps.push({ kind: 'given', fromMs: kept.ownMs, toMs: least, ms });
  kept.ownMs = least;
}

/** All of it from the start again, under what holds now: what was given adds up, what stood is left out. */
export function plannedAnew(kept: Kept, count: Counting, wasUrgent: boolean): void {
  const steps = kept.steps.map((step) =>
    step.kind === 'given' && wasUrgent !== count.urgent
      ? { ...step, ms: Math.max(0, count.between(step.fromMs, step.toMs)) }
      : step,
  );
  kept.steps.splice(0, steps.length, ...steps);
  kept.ownMs = reached(kept, allowed(kept, count), count);
  // Granted up to a closed hour is due at that hour.
  const last = kept.steps.findLast((step) => step.kind === 'given');
  if (last === undefined || last.toMs <= kept.ownMs) return;
  if (count.between(kept.ownMs, last.toMs) === 0) kept.ownMs = last.toMs;
}

/**
 * Another mode has begun or ended for it at `atMs`: all of it from the start again, but with a share of the
 * limit left at the least, as far as it had that.
 */
export function underOtherMode(
  kept: Kept,
  { atMs, leastShare }: { readonly atMs: number; readonly leastShare: number },
  count: Counting,
  wasUrgent: boolean,
): void {
  const sinceMs = kept.standsMs ?? atMs;
  const leftMs = (): number => Math.max(0, count.between(sinceMs, kept.ownMs));
  const least = Math.min(leftMs(), leastShare * count.ms);
  const steps = kept.steps.filter((step) => step.kind !== 'given' || step.byMode !== true);
  kept.steps.splice(0, kept.steps.length, ...steps);
  plannedAnew(kept, count, wasUrgent);
  if (leftMs() >= least) return;
  const missing = Math.ceil(counted(kept, sinceMs, count) + least - allowed(kept, count));
  if (missing <= 0) return;
  const toMs = reached(kept, allowed(kept, count) + missing, count);
  kept.steps.push({ kind: 'given', fromMs: kept.ownMs, toMs, ms: missing, byMode: true });
  kept.ownMs = toMs;
}

/** How much of its time has been counted up to an instant. */
function counted({ startedMs, steps }: Kept, toMs: number, count: Counting): number {
  let [fromMs, ms] = [startedMs, 0];
  for (const step of steps) {
    if (step.kind !== 'stood') continue;
    ms += Math.max(0, count.between(fromMs, Math.min(step.fromMs, toMs)));
    fromMs = step.toMs;
  }
  return ms + Math.max(0, count.between(fromMs, toMs));
}

/** All it allows: its limit and what was given besides. */
function allowed({ steps }: Kept, count: Counting): number {
  return steps.reduce((ms, step) => (step.kind === 'given' ? ms + step.ms : ms), count.ms);
}

/** When so much of its time has been counted, what it stood left out. */
function reached({ startedMs, steps }: Kept, ms: number, count: Counting): number {
  let [fromMs, left] = [startedMs, ms];
  for (const step of steps) {
    if (step.kind !== 'stood') continue;
    if (count.add(fromMs, left) < step.fromMs) break;
    left -= Math.max(0, count.between(fromMs, step.fromMs));
    fromMs = step.toMs;
  }
  return count.add(fromMs, left);
}

/** Computes when it warns, after whatever has moved it. */
export function warnAnew(kept: Kept, count: Counting): void {
  const { warnShare, boundMs, startedMs } = kept;
  if (warnShare === undefined) return;
  const own = reached(kept, Math.round(allowed(kept, count) * warnShare), count);
  const bound = boundMs !== undefined && boundHolds(kept, boundMs);
  const warnMs = bound ? shareOf(startedMs, boundMs, warnShare, count) : own;
  kept.warnMs = Math.min(warnMs, dueOf(kept));
  if (kept.amberMs !== kept.warnMs) kept.amberMs = undefined;
}

function shareOf(fromMs: number, toMs: number, share: number, count: Counting): number {
  const open = Math.max(0, count.between(fromMs, toMs));
  if (open > 0) return count.add(fromMs, Math.round(open * share));
  // Nothing is open before it: then the wall counts.
  return fromMs + Math.round(Math.max(0, toMs - fromMs) * share);
}

/** The mark it gets next, and when; undefined when it does not run or has its last. */
export function nextMark(
  kept: Kept,
): { readonly mark: 'amber' | 'red'; readonly atMs: number } | undefined {
  if (!isRunning(kept) || kept.redMs !== undefined) return undefined;
  const warns = kept.warnShare !== undefined && kept.amberMs === undefined;
  return warns ? { mark: 'amber', atMs: kept.warnMs } : { mark: 'red', atMs: dueOf(kept) };
}
