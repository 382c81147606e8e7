import { z } from 'zod';
import { PackArea } from './areas.ts';
import { PackCategory } from './catalogue.ts';
import { noEscalation, PackEscalation } from './escalation.ts';
import { PackMode } from './modes.ts';
import { PackCentre, PackDistrict, PackPerson, PackUnit } from './organisation.ts';
import { PackReasons } from './reasons.ts';
import { PackRoute } from './routing.ts';
import { PackApproval, PackSettings } from './rules.ts';
import { PackCalendars, PackClocks, PackRosters } from './timing.ts';

export { PackArea } from './areas.ts';
export { PackCategory, PackStandard } from './catalogue.ts';
export {
  ladderFor,
  PackEscalation,
  PackLadder,
  PackRung,
  type RungTo,
} from './escalation.ts';
export { PackLimit } from './limit-text.ts';
export {
  ModeClock,
  type ModeFacts,
  type ModeLimit,
  modeLimitFits,
  PackMode,
} from './modes.ts';
export { PackCentre, PackDistrict, PackPerson, PackUnit } from './organisation.ts';
export { PackReason, PackReasons, ReasonAct, reasonActs, refusals, Validity } from './reasons.ts';
export { inCategory, PackRoute, type RouteFacts, routeFits } from './routing.ts';
export { type ApprovalFacts, approvalFits, PackApproval, PackSettings } from './rules.ts';
export { PackCalendars, PackClock, PackClocks, PackEndToEnd } from './timing.ts';
export { AreaCode, CategoryKind, Level } from './vocabulary.ts';

/** The schema of each section; a section is one file of a pack and is published as one policy event. */
export const packSchemas = {
  district: PackDistrict,
  centres: z.array(PackCentre).min(1).readonly(),
  units: z.array(PackUnit).min(1).readonly(),
  areas: z.array(PackArea).min(1).readonly(),
  people: z.array(PackPerson).readonly(),
  catalogue: z.array(PackCategory).min(1).readonly(),
  routing: z.array(PackRoute).readonly(),
  reasons: PackReasons,
  calendars: PackCalendars,
  rosters: PackRosters,
  clocks: PackClocks,
  approvals: z.array(PackApproval).readonly(),
  escalation: PackEscalation.prefault(noEscalation),
  settings: PackSettings,
  modes: z.array(PackMode).readonly().default([]),
};

export const packSections = [
  'district',
  'centres',
  'units',
  'areas',
  'people',
  'catalogue',
  'routing',
  'reasons',
  'calendars',
  'rosters',
  'clocks',
  'approvals',
  'escalation',
  'settings',
  'modes',
] as const satisfies readonly (keyof typeof packSchemas)[];
export type PackSection = (typeof packSections)[number];

/**
 * A district pack (区包): who and what a district is, as data. The schema holds each section's shape;
 * what sections say of each other is checked by the district service when it loads one.
 */
export const DistrictPack = z.strictObject(packSchemas);
export type DistrictPack = Readonly<z.infer<typeof DistrictPack>>;
