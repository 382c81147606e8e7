import { dueMarks, markAmber, markRed, nextDueMs } from '@cityloop/calendar';
import { type Incident, type NewEvent, systemSubject } from '@cityloop/contracts';
import { fromIso } from '@cityloop/kernel';
import { unpaused } from './clocks.ts';
import { actorOf, type Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { evolve } from './evolve.ts';
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
  const stale = incident.policyRevision < ctx.policy.timingRevision;
  if (!stale && (due === undefined || due > ctx.nowMs)) return { incident, events: [] };
  const events: NewEvent[] = [];
  let state = incident;
  for (let rounds = 0; rounds < 200; rounds++) {
    const step = nextStep(state, ctx, stageDue);
    if (step === undefined) return { incident: state, events };
    for (const event of step) {
      events.push(event);
      state = evolve(state, event, at);
    }
  }
  throw new RangeError(`incident ${incident.id} does not settle`);
}

function nextStep(
  state: Incident,
  ctx: Context,
  stageDue: StageDue | undefined,
): readonly NewEvent[] | undefined {
  const plan = replanned(state, ctx);
  if (plan !== undefined) return [plan];
  const pause = earliestPause(state);
  const pauseMs = pause === undefined ? Number.POSITIVE_INFINITY : fromIso(pause.until);
  const markMs = nextDueMs(state.clocks) ?? Number.POSITIVE_INFINITY;
  const stageMs = stageDue?.dueMs(state) ?? Number.POSITIVE_INFINITY;
  const first = Math.min(pauseMs, markMs, stageMs);
  if (first > ctx.nowMs) return undefined;
  if (first === pauseMs && pause !== undefined) {
    return [pauseOver(state, ctx, pause.id, pauseMs, pause.until)];
  }
  if (first === markMs) return marksDue(state, markMs);
  return stageDue?.events(state, ctx);
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
