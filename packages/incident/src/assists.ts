import type { ClockName } from '@cityloop/calendar';
import type { Incident, Status } from '@cityloop/contracts';

type Assigned = Pick<Incident, 'assignment'>;
/** One unit's assistance (协办) in an assignment. */
export type Assist = NonNullable<NonNullable<Incident['assignment']>['assists']>[number];

/** The name of the clock that times this unit's assistance. */
export function assistClock(unitId: string): ClockName {
  return `assist:${unitId}`;
}

/** Whose handling a clock times: the lead's, also while a return keeps it from them, or who assists. */
export function handlingUnitOf(
  name: ClockName,
  { assignment, clockUnitId }: Pick<Incident, 'assignment' | 'clockUnitId'>,
): string | undefined {
  if (name === 'handle') return assignment?.unitId ?? clockUnitId;
  return name.startsWith('assist:') ? name.slice('assist:'.length) : undefined;
}

/** The part this unit has as an assisting one; undefined for the lead and for everybody else. */
export function assistOf({ assignment }: Assigned, unitId: string | undefined): Assist | undefined {
  if (unitId === assignment?.unitId) return undefined;
  return assignment?.assists?.find((assist) => assist.unitId === unitId);
}

/** The assisting units that have not finished their part. */
export function openAssists({ assignment }: Assigned): readonly Assist[] {
  return assignment?.assists?.filter((assist) => assist.finishedAt === undefined) ?? [];
}

/** The clocks of those who have not finished: of the assisting units' clocks only these ever run. */
export function openAssistClocks(incident: Assigned): readonly ClockName[] {
  return openAssists(incident).map(({ unitId }) => assistClock(unitId));
}

/**
 * Where an assisting unit stands with its own part, in the words of the lead's status: the queue it
 * belongs to. Undefined when there is nothing left for it to do.
 */
export function assistStatus(
  { custodian, status }: Pick<Incident, 'custodian' | 'status'>,
  { receivedAt, finishedAt }: Assist,
): Extract<Status, 'assigned' | 'handling' | 'suspended'> | undefined {
  if (custodian !== 'handling' || finishedAt !== undefined) return undefined;
  if (status === 'suspended') return status;
  return receivedAt === undefined ? 'assigned' : 'handling';
}
