import type { Incident } from '@cityloop/contracts';
import { RuleViolation } from '@cityloop/kernel';
import type { Policy } from './policy.ts';

/**
 * 回避: whether a complaint is about the unit, or about the centre that answers for it. One about the
 * district stays there, out of its people's sight: it has to be taken up by the city, outside the loop.
 */
export function isConcernedUnit(
  { against }: Pick<Incident, 'against'>,
  unitId: string,
  policy: Policy,
): boolean {
  if (against === undefined) return false;
  if (unitId === against.unitId) return true;
  return against.centreId !== undefined && policy.unit(unitId)?.centreId === against.centreId;
}

/** Refuses with `CENTRE_CONCERNED` to bring a complaint to the centre it is about. */
export function refuseConcernedCentre(
  { against }: Pick<Incident, 'against'>,
  centreId: string,
): void {
  if (against?.centreId !== centreId) return;
  throw new RuleViolation(
    'CENTRE_CONCERNED',
    '被投诉中心应回避，请另选中心 / the complaint is about this centre: choose another',
    { centreId },
  );
}
