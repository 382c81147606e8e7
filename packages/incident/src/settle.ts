import { dueMarks, markAmber, markRed, nextDueMs } from '@cityloop/calendar';
import { type Incident, type NewEvent, systemSubject } from '@cityloop/contracts';
import { fromIso, toIso } from '@cityloop/kernel';
import { unpaused } from './clocks.ts';
import { actorOf, type Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { evolve } from './evolve.ts';
import { type ModeChange, nextModeChange } from './mode-change.ts';
import { replanned } from './replan.ts';

const actor = actorOf(systemSubject);

/** What a stage does of itself when a time comes (archive files away after its waiting period). */
export type StageDue = {
  /** The instant, ms; undefined when nothing of the stage's own is to come. */
  dueMs(incident: Incident): number | undefined;
  /** What happens at that instant. */
  events(incident: Incident, ctx: Context): readonly NewEvent[];
};

export type Settled = { readonly incident: Incident; readonly events: readonly NewEvent[] };

/**
 * Brings an incident up to `ctx.nowMs` before anything is decided about it: pauses that have run out
 * end as of their `until`, marks that have come due are set, amber and red, in due order. Nothing here depends on
 * when it is called but on what has come due by then, so that a nudge that is early, late or double
 * changes nothing but punctuality. `at` is the recording time the events will get.
 */
export function settle(
  incident: Incident,
  ctx: Context,
  at: string,
  stageDue: StageDue | undefined,
): Settled {
  const due = nextDue(incident, stageDue);
  const stale = incident.policyRevision < ctx.policy.timingRevision || ctx.policy.modes.length > 0;
  if (!stale && (due === undefined || due > ctx.nowMs)) return { incident, events: [] };
  const events: NewEvent[] = [];
  let state = incident;
  // Modes are followed from where the incident was last looked at, whatever is recorded meanwhile.
  let sinceMs = fromIso(incident.recordedAt);
  for (let rounds = 0; rounds < 200; rounds++) {
    const step = nextStep(state, ctx, stageDue, sinceMs);
    if (step === undefined) return { incident: state, events };
    sinceMs = Math.max(sinceMs, step.atMs);
    for (const event of step.events) {
      events.push(event);
      state = evolve(state, event, at);
    }
  }
  throw new RangeError(`incident ${incident.id} does not settle`);
}

/** What happens next, and as of when: what is recorded together is told in this order. */
type Step = { readonly atMs: number; readonly events: readonly NewEvent[] };

function nextStep(
  state: Incident,
  ctx: Context,
  stageDue: StageDue | undefined,
  sinceMs: number,
): Step | undefined {
  const plan = replanned(state, ctx);
  if (plan !== undefined) return { atMs: sinceMs, events: [plan] };
  const pause = earliestPause(state);
  const pauseMs = pause === undefined ? Number.POSITIVE_INFINITY : fromIso(pause.until);
  const markMs = nextDueMs(state.clocks) ?? Number.POSITIVE_INFINITY;
  const stageMs = stageDue?.dueMs(state) ?? Number.POSITIVE_INFINITY;
  const first = Math.min(pauseMs, markMs, stageMs);
  const change = nextModeChange(state, ctx.policy, sinceMs, ctx.nowMs);
  // What comes due at the very instant is judged by what was in force up to then.
  if (change !== undefined && change.atMs < first) {
    return { atMs: change.atMs, events: [underOtherMode(state, ctx, change)] };
  }
  if (first > ctx.nowMs) return undefined;
  if (first === pauseMs && pause !== undefined) {
    return { atMs: first, events: [pauseOver(state, ctx, pause.id, pauseMs, pause.until)] };
  }
  if (first === markMs) return { atMs: first, events: marksDue(state, markMs) };
  const events = stageDue?.events(state, ctx);
  return events && { atMs: first, events };
}

function underOtherMode(state: Incident, ctx: Context, change: ModeChange): NewEvent {
  const names = change.names.map((name) => `“${name}”`).join('、');
  const data = {
    by: actor,
    revision: ctx.policy.revision,
    reason: `平战转换：${names} / a mode began or ended`,
    clocks: change.clocks,
  };
  return { ...named(state.custodian, 'replanned', data), occurredAt: toIso(change.atMs) };
}

function earliestPause(state: Incident): { id: string; until: string } | undefined {
  let best: { id: string; until: string } | undefined;
  for (const { id, until, endedAt } of state.pauses) {
    if (until === undefined || endedAt !== undefined) continue;
    if (best === undefined || fromIso(until) < fromIso(best.until)) best = { id, until };
  }
  return best;
}

function pauseOver(
  state: Incident,
  ctx: Context,
  pauseId: string,
  atMs: number,
  occurredAt: string,
): NewEvent {
  return {
    type: 'handling.resumed',
    data: { by: actor, pauseId, ...unpaused(ctx, state, pauseId, atMs) },
    occurredAt,
  };
}

function marksDue(state: Incident, upToMs: number): NewEvent[] {
  return dueMarks(state.clocks, upToMs).map(({ clock, mark, at }) => {
    const running = state.clocks[clock];
    if (running === undefined) throw new RangeError(`no clock ${clock} to mark`);
    const { dueAt } = running;
    if (mark === 'red') {
      const data = { by: actor, clock, dueAt, clocks: { [clock]: markRed(running) } };
      return { ...named(state.custodian, 'clock-overdue', data), occurredAt: at };
    }
    const clocks = { [clock]: markAmber(running) };
    const data = { by: actor, clock, dueAt, amberAt: at, clocks };
    return { ...named(state.custodian, 'clock-warned', data), occurredAt: at };
  });
}

/** When the incident next needs looking at, ms: the earliest mark, end of a pause or stage's own due. */
export function nextDue(incident: Incident, stageDue: StageDue | undefined): number | undefined {
  let next = nextDueMs(incident.clocks) ?? Number.POSITIVE_INFINITY;
  const pause = earliestPause(incident);
  if (pause !== undefined) next = Math.min(next, fromIso(pause.until));
  const own = stageDue?.dueMs(incident);
  if (own !== undefined) next = Math.min(next, own);
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}
