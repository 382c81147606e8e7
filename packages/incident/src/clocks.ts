import {
  type Bound,
  type Clock,
  type ClockBook,
  type ClockName,
  extendClock,
  type Limit,
  ownDueAt,
  type Pause,
  pauseAll,
  resumeAll,
  startClock,
  stopClock,
} from '@cityloop/calendar';
import type { Incident } from '@cityloop/contracts';
import { toIso } from '@cityloop/kernel';
import type { Context } from './context.ts';
import { planInForce, type Timed } from './modes.ts';

export type ClockPlan = {
  readonly limit: Limit;
  readonly calendarId: string;
  /** Where the limit comes from: `standard:…`, `default:…`, `channel:…`. */
  readonly basis: string;
};

/**
 * The change that starts a clock now; one of that name which ran before goes on in a new epoch. `ordinary` is
 * its plan whatever mode (平战) is on; where one is in force for the clock its limit counts.
 */
export function started(
  ctx: Context,
  incident: Timed & { readonly clocks?: ClockBook },
  name: ClockName,
  ordinary: ClockPlan & { readonly bound?: Bound | undefined },
): ClockBook {
  const before = incident.clocks?.[name];
  const plan = planInForce(ctx.policy, incident, name, ordinary, ctx.nowMs);
  const clock = startClock({
    limit: plan.limit,
    calendar: ctx.policy.calendar(plan.calendarId),
    calendarId: plan.calendarId,
    revision: ctx.policy.revision,
    basis: plan.basis,
    warnShare: ctx.policy.warnShare,
    mode: plan.mode,
    atMs: ctx.nowMs,
    epoch: (before?.epoch ?? 0) + 1,
    bound: ordinary.bound,
  });
  return { [name]: clock };
}

/** The change that stops these clocks now, as far as they run; a stopped clock has its verdict. */
export function stopped(
  ctx: Context,
  { clocks }: Pick<Incident, 'clocks'>,
  ...names: readonly ClockName[]
): ClockBook {
  let patch: ClockBook = {};
  for (const name of names) {
    const clock = clocks[name];
    if (clock === undefined || clock.stoppedAt !== undefined) continue;
    patch = { ...patch, [name]: stopClock(clock, ctx.nowMs) };
  }
  return patch;
}

/** Changes of several clocks as one; the later counts where two are of one clock. */
export function together(...changes: readonly ClockBook[]): ClockBook {
  const all: ClockBook = {};
  for (const change of changes) Object.assign(all, change);
  return all;
}

/** Every clock that still runs, stopped now: for whatever ends an incident. */
export function allStopped(ctx: Context, incident: Incident): ClockBook {
  // The keys of a clock book are clock names.
  return stopped(ctx, incident, ...(Object.keys(incident.clocks) as ClockName[]));
}

/** When a clock would be due if nothing upstream bound it: what an extension has to go beyond. */
export function ownDueOf(clock: Clock, { policy }: Pick<Context, 'policy'>): string {
  return ownDueAt(clock, policy.calendar(clock.calendar));
}

/** The change that moves a running clock's end to `untilMs`. */
export function extended(
  ctx: Context,
  incident: Incident,
  name: ClockName,
  untilMs: number,
): ClockBook {
  const clock = incident.clocks[name];
  if (clock === undefined) return {};
  return { [name]: extendClock(clock, untilMs, ctx.policy.calendar(clock.calendar)) };
}

/**
 * For what ends an incident in the middle: every clock stopped, every open pause over. A pause left
 * open would ring its alarm at whoever holds the incident then.
 */
export function laidDown(
  ctx: Context,
  incident: Incident,
): { readonly clocks: ClockBook; readonly pauses?: Pause[] } {
  const clocks = allStopped(ctx, incident);
  if (incident.pauses.every((p) => p.endedAt !== undefined)) return { clocks };
  const endedAt = toIso(ctx.nowMs);
  const pauses = incident.pauses.map((p) => (p.endedAt === undefined ? { ...p, endedAt } : p));
  return { clocks, pauses };
}

type PauseChange = { readonly clocks: ClockBook; readonly pauses: Pause[] };

/** Opens a pause: the clocks it names stand still from now, or from when it was applied for, until it ends. */
export function paused(
  ctx: Context,
  incident: Incident,
  pause: Omit<Pause, 'id' | 'from'>,
  fromMs: number = ctx.nowMs,
): PauseChange {
  const opened: Pause = { ...pause, id: ctx.newId(), from: toIso(fromMs) };
  const clocks = pauseAll(incident.clocks, opened, fromMs, (clock) =>
    ctx.policy.calendar(clock.calendar),
  );
  return { clocks, pauses: [...incident.pauses, opened] };
}

/** Ends a pause as of `atMs`: its clocks go on unless another open pause still holds them. */
export function unpaused(
  ctx: Context,
  incident: Incident,
  pauseId: string,
  atMs: number = ctx.nowMs,
): PauseChange {
  const pauses = incident.pauses.map((p) =>
    p.id === pauseId ? { ...p, endedAt: toIso(atMs) } : p,
  );
  const ended = pauses.find((p) => p.id === pauseId);
  if (ended === undefined) return { clocks: {}, pauses };
  const clocks = resumeAll(
    incident.clocks,
    ended,
    pauses.filter((p) => p.endedAt === undefined),
    atMs,
    (clock) => ctx.policy.calendar(clock.calendar),
  );
  return { clocks, pauses };
}

/** The open pause of a kind, if there is one. */
export function openPause(incident: Incident, kind: Pause['kind']): Pause | undefined {
  return incident.pauses.find((p) => p.kind === kind && p.endedAt === undefined);
}
