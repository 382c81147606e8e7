import {
  type Incident,
  type IncidentEvent,
  type ModeActivation,
  PackMode,
} from '@cityloop/contracts';
import { evolve, nextModeChange, type Policy } from '@cityloop/incident';
import { fromIso, toIso } from '@cityloop/kernel';
import type { Random } from './random.ts';

const HOUR_MS = 3_600_000;

/** A mode that begins now and ends by itself some hours later, in the whole district or in one half. */
export function simMode(revision: number, nowMs: number, random: Random): ModeActivation {
  const openClocks = random.pick(['keep', 'replan'] as const);
  const factor = random.pick([0.25, 0.5, 2]);
  return {
    id: `00000000-0000-4000-8000-${`${revision}`.padStart(12, '0')}`,
    mode: PackMode.parse({
      id: `mode-${revision}`,
      name: '演练',
      scope: 'areas',
      openClocks,
      longest: '3自然日',
      propose: { roles: ['shift-supervisor'] },
      approve: { roles: ['leader'] },
      limits: [
        { id: 'all', clocks: ['end-to-end', 'accept', 'dispatch', 'handle', 'assist'], factor },
      ],
    }),
    areas: random.pick([[], ['310110019']]),
    reason: '演练',
    proposedBy: 'one',
    approvedBy: 'other',
    approvedAt: toIso(nowMs),
    from: toIso(nowMs),
    until: toIso(nowMs + (1 + random.int(48)) * HOUR_MS),
    revision,
  };
}

/**
 * Each clock comes under a mode once and leaves it once, however often the incident travelled meanwhile and
 * whoever had heard of it when; at rest nothing is left to follow.
 */
export function modeFaults(events: readonly IncidentEvent[], policy: Policy): string[] {
  const faults: string[] = [];
  const moves = new Set<string>();
  let state: Incident | undefined;
  for (const event of events) {
    const { dossier: _dossier, ...data } = event.data as { dossier?: Incident };
    const at = state?.imported === true ? event.occurredAt : event.recordedAt;
    const after: Incident = evolve(state, { ...event, data } as IncidentEvent, at);
    if (event.type.endsWith('.replanned')) faults.push(...twice(event, state, moves));
    state = after;
  }
  if (state === undefined) return faults;
  const atMs = fromIso(state.recordedAt);
  const left = state.imported === true ? undefined : nextModeChange(state, policy, atMs, atMs);
  if (left !== undefined) faults.push(`${state.id}: ${Object.keys(left.clocks)} missed a mode`);
  return faults;
}

function twice(event: IncidentEvent, before: Incident | undefined, moves: Set<string>): string[] {
  return Object.entries(event.data.clocks ?? {}).flatMap(([name, clock]) => {
    const was = Object.entries(before?.clocks ?? {}).find(([known]) => known === name)?.[1];
    if (was === undefined || was.mode === clock.mode) return [];
    const move = `${name} of ${clock.startedAt} from ${was.mode} to ${clock.mode}`;
    if (!moves.has(move)) {
      moves.add(move);
      return [];
    }
    return [`${event.incidentId} v${event.version}: ${move} a second time`];
  });
}
