import { type Clock, isRunning, nextDueMs } from '@cityloop/calendar';
import type { Incident } from '@cityloop/contracts';
import { isEnded, nextDue, openAssistClocks } from '@cityloop/incident';
import { fromIso, toIso } from '@cityloop/kernel';
import type { StageRow } from './case-files.ts';
import type { Findings } from './findings.ts';
import type { History, Step } from './history.ts';
import { isSettling } from './legal-path.ts';
import { checkMark, type Found, markOf } from './marks.ts';
import { dueOfStage } from './stage-due.ts';

/**
 * I6 of one history: each mark names a clock that ran, at or after its instant (reaching it marks,
 * passing it is late: a clock stopped in that very millisecond is marked and on time), once a clock and
 * epoch, amber before red; nothing was done about an incident before what had come due was marked; verdicts are
 * right; each assisting unit's clock runs while its part is open, and no longer. Returns by how much the latest mark came late, ms; imports tell nothing of that.
 */
export function checkMarks(history: History, findings: Findings): number {
  const { incidentId } = history;
  const marked = new Set<string>();
  const touchedMs = new Map<string, number>();
  let latestMs = 0;
  let owed: Owed = new Map();
  for (const step of history.steps) {
    const { version } = step.event;
    const found = (what: string): void => findings.found('I6', what, { incidentId, version });
    const mark = markOf(step);
    if (mark !== undefined) {
      findings.looked('I6', 'marks');
      checkMark(step, mark, marked, found);
      if (mark.lamp === 'red' && step.after.imported !== true) {
        latestMs = Math.max(latestMs, step.atMs - fromIso(mark.at));
      }
    } else if (!isSettling(step.event.type)) {
      checkNothingPassedOver(step, touchedMs, found);
    }
    checkChanged(step, mark?.clock, found);
    checkAssists(step, found);
    owed = owedAfter(step, owed);
    const upstream = [...owed.values()].sort()[0];
    const whole = step.after.clocks['end-to-end'];
    if (upstream !== undefined && whole?.stoppedAt === undefined && due(whole) > upstream) {
      found(`is due at ${due(whole)}, but upstream waits for ${upstream} only`);
    }
    for (const kind of Object.keys(step.event.data.clocks ?? {})) touchedMs.set(kind, step.atMs);
  }
  return latestMs;
}

/** By demand, the instants that upstream waits for. */
type Owed = ReadonlyMap<string, string>;

/**
 * What is owed upstream: a reopened incident owes what is new alone; one that callers leave owes what
 * is left and lies ahead of the round.
 */
function owedAfter({ event, before, after }: Step, last: Owed): Owed {
  if (event.type === 'archive.reopened') return new Map();
  if (event.type === 'archive.unmerged') return duesOf(after.demands);
  const startedAt = after.clocks['end-to-end']?.startedAt ?? '';
  if (event.type.endsWith('.released') || event.type.endsWith('.demand-withdrawn')) {
    const left = duesOf(after.demands);
    return new Map([...last].filter(([id, at]) => left.has(id) && at > startedAt));
  }
  return new Map([...last, ...duesOf(after.demands.slice(before?.demands.length ?? 0))]);
}

function duesOf(demands: Incident['demands']): Owed {
  return new Map(
    demands.flatMap(({ id, upstreamDueAt: at }) =>
      at === undefined ? [] : [[id, toIso(fromIso(at))] as const],
    ),
  );
}

const due = (clock: Clock | undefined): string => clock?.dueAt ?? '';

/** Before anybody acts, what has come due by then is settled. */
function checkNothingPassedOver(
  { before, atMs }: Step,
  touchedMs: ReadonlyMap<string, number>,
  found: Found,
): void {
  if (before === undefined) return;
  for (const [kind, clock] of Object.entries(before.clocks)) {
    // A clock changed in the same act was not there to be settled.
    if (!runsUnmarked(clock) || (touchedMs.get(kind) ?? 0) >= atMs) continue;
    const missing = missingMark(clock, atMs);
    if (missing !== undefined) found(`${kind} ${missing} and has no mark`);
  }
  for (const { until, endedAt, from } of before.pauses) {
    if (until === undefined || endedAt !== undefined || fromIso(from) >= atMs) continue;
    if (fromIso(until) <= atMs) found(`a pause ran until ${until} and was not ended`);
  }
}

function missingMark({ dueAt, warnAt, amberAt }: Clock, atMs: number): string | undefined {
  if (fromIso(dueAt) <= atMs) return `was due at ${dueAt}`;
  const warned = warnAt === undefined || amberAt !== undefined || fromIso(warnAt) > atMs;
  return warned ? undefined : `was to warn at ${warnAt}`;
}

const runsUnmarked = (clock: Clock): boolean => isRunning(clock) && clock.redAt === undefined;

function checkChanged(step: Step, marking: string | undefined, found: Found): void {
  if (step.before === undefined) return;
  for (const [kind, clock] of Object.entries(step.event.data.clocks ?? {})) {
    const earlier = Object.entries(step.before.clocks).find(([name]) => name === kind)?.[1];
    if (kind !== marking) checkUnmarked(kind, clock, earlier, found);
    if (clock.stoppedAt === undefined || earlier?.stoppedAt === clock.stoppedAt) continue;
    // A pause excuses whom nobody upstream waits for.
    const judged = clock.bound === undefined ? clock.pausedAt : undefined;
    const late = (judged ?? clock.stoppedAt) > clock.dueAt;
    if ((clock.verdict === 'late') !== late) {
      found(`${kind} is called ${clock.verdict}: due ${clock.dueAt}, stopped ${clock.stoppedAt}`);
    }
  }
}

function checkUnmarked(kind: string, after: Clock, before: Clock | undefined, found: Found): void {
  if (after.redAt !== undefined && after.redAt !== before?.redAt) {
    found(`${kind} turned red without an event of its own`);
  }
  if (after.amberAt !== undefined && after.amberAt !== before?.amberAt) {
    found(`${kind} turned amber without an event of its own`);
  }
}

/** Told of once, where it begins. */
function checkAssists({ before, after }: Step, found: Found): void {
  const wrong = strayAssists(after);
  const known = before === undefined ? [] : strayAssists(before);
  for (const what of wrong) if (!known.includes(what)) found(what);
}

function strayAssists(state: Incident): readonly string[] {
  const open: readonly string[] = state.custodian === 'handling' ? openAssistClocks(state) : [];
  const running = Object.entries(state.clocks)
    .filter(([name, clock]) => name.startsWith('assist:') && clock.stoppedAt === undefined)
    .map(([name]) => name);
  return [
    ...running.filter((name) => !open.includes(name)).map((name) => `${name} runs for nothing`),
    ...open.filter((name) => !running.includes(name)).map((name) => `${name} does not run`),
  ];
}

/** What has come due and what waits are judged by this. */
export type Bounds = {
  /** The time of the last event in the log, ms. */
  readonly endMs: number;
  /** How long something may have waited at that time, ms. */
  readonly patienceMs: number;
  /** Nothing may be due or under way any more. */
  readonly settled: boolean;
};

/**
 * I6 of what is still to come: the holder's row is armed for the very instant at which the fold comes due
 * next. An armed alarm may be overdue, the product may have been down: the next start rings it. Not so
 * in a run that has come to rest.
 */
export function checkAlarm(
  state: Incident,
  row: StageRow,
  { endMs, settled }: Bounds,
  findings: Findings,
): void {
  findings.looked('I6', 'alarms');
  const where = { incidentId: state.id, version: state.version };
  // An open import is settled by what its record says next, never by an alarm of today.
  const rings = state.imported !== true || isEnded(state);
  const wanted = rings ? nextDue(state, dueOfStage[state.custodian]) : undefined;
  if ((row.due_ms ?? undefined) !== wanted) {
    const armed = row.due_ms === null ? 'not armed' : `armed for ${toIso(row.due_ms)}`;
    const due = wanted === undefined ? 'nothing comes due' : `${toIso(wanted)} comes due`;
    findings.found('I6', `the alarm is ${armed}, but ${due}`, where);
  }
  const markMs = state.imported === true ? undefined : nextDueMs(state.clocks);
  if (settled && markMs !== undefined && markMs < endMs) {
    findings.found('I6', `due since ${toIso(markMs)} and not marked while others went on`, where);
  }
}
