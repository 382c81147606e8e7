import type { Clock, ClockName, Limit } from '@cityloop/calendar';
import {
  type Incident,
  type ModeActivation,
  type ModeClock,
  type ModeFacts,
  type ModeLimit,
  modeLimitFits,
  type PackLadder,
  type PackRoute,
} from '@cityloop/contracts';
import { fromIso } from '@cityloop/kernel';
import type { ClockPlan } from './clocks.ts';
import type { Policy } from './policy.ts';
import { routeFacts } from './route-facts.ts';

/**
 * Modes (平战模式). Which one a clock's limit comes from is told by time alone: by when the clock started
 * (`keep`) or by the instant that is looked at (`replan`), never by when a revision arrived. A clock
 * names the activation it is under, so that comparing the two is all it takes to know whether it has
 * to be planned anew, and doing so twice changes nothing.
 */

/** What modes are held against: all that `started` needs of an incident besides its clocks. */
export type Timed = Pick<
  Incident,
  'ground' | 'channel' | 'urgency' | 'level' | 'kind' | 'categoryCode' | 'standardId'
>;

/** A clock's plan with the mode it comes from, if one is in force for it. */
export type PlanInForce = ClockPlan & { readonly mode?: string | undefined };

/** An activation with its instants as numbers: they are compared with every step of every incident. */
export type CompiledMode = ModeActivation & { readonly fromMs: number; readonly untilMs: number };

export type Governed = { readonly activation: CompiledMode; readonly row: ModeLimit };

/** Last approved first: where two set one limit it wins. Equal instants by id, so that all agree. */
export function compileModes(activations: readonly ModeActivation[]): readonly CompiledMode[] {
  return activations
    .toSorted((a, b) => fromIso(b.approvedAt) - fromIso(a.approvedAt) || (a.id < b.id ? 1 : -1))
    .map((one) => ({ ...one, fromMs: fromIso(one.from), untilMs: fromIso(one.until) }));
}

/** The policy as if one more mode had been approved. */
export function withMode(policy: Policy, activation: ModeActivation): Policy {
  return { ...policy, modes: compileModes([...policy.modes, activation]) };
}

/** The routing rows of the modes in force on this ground, in the order in which they count. */
export function modeRoutes(
  modes: readonly CompiledMode[],
  area: string | undefined,
  atMs: number,
): readonly PackRoute[] {
  return modes.flatMap((one) => (isOn(one, atMs) && covers(one, area) ? one.mode.routing : []));
}

/** The ladders (督办) of the modes in force on this ground, in the order in which they count. */
export function modeLadders(
  modes: readonly CompiledMode[],
  area: string | undefined,
  atMs: number,
): readonly PackLadder[] {
  return modes.flatMap((one) => (isOn(one, atMs) && covers(one, area) ? one.mode.ladders : []));
}

/** The plan of a clock that starts at `atMs`, under whatever mode is in force then. */
export function planInForce(
  policy: Policy,
  incident: Timed,
  name: ClockName,
  plan: ClockPlan,
  atMs: number,
): PlanInForce {
  if (policy.modes.length === 0) return plan;
  return overlaid(plan, governing(policy, factsOf(incident), name, atMs, atMs));
}

/**
 * The plan of a running clock, planned anew for another reason than a mode, under whatever mode is in force
 * for it at `atMs`.
 */
export function planGoingOn(
  policy: Policy,
  incident: Timed,
  name: ClockName,
  plan: ClockPlan,
  running: { readonly clock: Clock; readonly atMs: number },
): PlanInForce {
  const startedMs = fromIso(running.clock.startedAt);
  return overlaid(plan, governing(policy, factsOf(incident), name, startedMs, running.atMs));
}

/**
 * The plan of a running clock under the very mode it names. Undefined when that ended so long ago that the
 * policy no longer tells of it: then nobody can plan it anew.
 */
export function planAsGoverned(
  policy: Policy,
  incident: Timed,
  name: ClockName,
  plan: ClockPlan,
  clock: Clock,
): PlanInForce | undefined {
  if (clock.mode === undefined) return plan;
  const activation = policy.modes.find(({ id }) => id === clock.mode);
  if (activation === undefined) return undefined;
  const row = rowFor(activation, factsOf(incident), name);
  return overlaid(plan, row && { activation, row });
}

/** The mode a clock's limit comes from at `atMs`, and the row of it. */
export function governing(
  { modes }: Pick<Policy, 'modes'>,
  facts: ModeFacts,
  name: ClockName,
  startedMs: number,
  atMs: number,
): Governed | undefined {
  for (const activation of modes) {
    const told = activation.mode.openClocks === 'keep' ? startedMs : atMs;
    if (!isOn(activation, told) || !covers(activation, facts.area)) continue;
    const row = rowFor(activation, facts, name);
    if (row !== undefined) return { activation, row };
  }
  return undefined;
}

function rowFor(
  { mode }: ModeActivation,
  facts: ModeFacts,
  name: ClockName,
): ModeLimit | undefined {
  const clock: ModeClock = name.startsWith('assist:') ? 'assist' : (name as ModeClock); // its kind
  return mode.limits.find((row) => modeLimitFits(row, clock, facts));
}

/** From the first instant on, and no longer at the last. */
function isOn({ fromMs, untilMs }: CompiledMode, atMs: number): boolean {
  return fromMs <= atMs && atMs < untilMs;
}

function covers({ areas }: ModeActivation, area: string | undefined): boolean {
  return areas.length === 0 || areas.some((code) => area?.startsWith(code) === true);
}

export function factsOf(incident: Timed): ModeFacts {
  return { ...routeFacts(incident), standardId: incident.standardId };
}

export function overlaid(plan: ClockPlan, governed: Governed | undefined): PlanInForce {
  if (governed === undefined) return plan;
  const { row, activation } = governed;
  const limit = row.limit?.limit ?? times(plan.limit, row.factor ?? 1);
  return { ...plan, limit, mode: activation.id };
}

/** To a thousandth of a unit, which is what a limit is kept to. */
function times(limit: Limit, factor: number): Limit {
  return { ...limit, amount: Math.max(0.001, Math.round(limit.amount * factor * 1000) / 1000) };
}
