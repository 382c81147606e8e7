import type { Ground, Incident } from '@cityloop/contracts';
import type { Context } from '@cityloop/incident';

/**
 * Whose ground a disputed place is, once the district passes the case down: that of the subdistrict it
 * names, and of the grid given with the report if it lies in there. Until then the first receiver stays
 * responsible (首接负责): it files and dispatches as if the place were its own, or escalates. Taking a
 * case up decides nothing yet: the district may rule later.
 */
export function ruledGround(
  centreId: string,
  { ground, location }: Incident,
  { policy }: Context,
): { readonly ground?: Ground } {
  const area = policy.centre(centreId)?.area;
  if (ground.disputed === undefined || area === undefined) return {};
  const code = location.gridCode?.startsWith(area) ? location.gridCode : area;
  return { ground: policy.groundOf(code) ?? { subdistrict: area } };
}
