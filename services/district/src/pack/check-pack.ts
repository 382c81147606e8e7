import type { DistrictPack } from '@cityloop/contracts';
import { checkApprovals } from './check-approvals.ts';
import { checkCatalogue, checkRouting } from './check-catalogue.ts';
import { checkEscalation } from './check-escalation.ts';
import { checkModes } from './check-modes.ts';
import {
  checkAreas,
  checkCentres,
  checkPeople,
  checkServed,
  checkUnits,
} from './check-organisation.ts';
import { checkRosters } from './check-rosters.ts';
import { checkReasons, checkSettings, checkTiming } from './check-rules.ts';
import type { PackCheck, PackProblem } from './problem.ts';

const checks: readonly PackCheck[] = [
  checkCentres,
  checkServed,
  checkUnits,
  checkAreas,
  checkPeople,
  checkCatalogue,
  checkRouting,
  checkTiming,
  checkRosters,
  checkReasons,
  checkApprovals,
  checkEscalation,
  checkSettings,
  checkModes,
];

/**
 * Everything that sections of a pack get wrong about each other: ids that lead nowhere or stand twice,
 * a centre without a fallback unit, a role without its seat, a row that is never reached. Empty when the
 * pack can be worked with. Expects a pack of the right shape (`DistrictPack`).
 */
export function checkPack(pack: DistrictPack): PackProblem[] {
  const problems: PackProblem[] = [];
  for (const check of checks) check(pack, problems);
  return problems;
}
