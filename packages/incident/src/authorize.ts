import {
  type AskVerb,
  type Incident,
  permissions,
  type Role,
  type Subject,
  type Verb,
} from '@cityloop/contracts';
import { Forbidden, NotFound } from '@cityloop/kernel';

/** What a caller may want with an incident: to look, or one of the commands. */
export type Action = 'read' | Verb | AskVerb;

/** What of an incident decides who may see it and act on it; a read model's row is enough. */
export type Scoped = Pick<Incident, 'ownerCentreId' | 'centreId' | 'level' | 'handlingUnits'> & {
  readonly ground: Pick<Incident['ground'], 'subdistrict' | 'committee' | 'grid' | 'disputed'>;
  readonly assignment?:
    | {
        readonly unitId: string;
        readonly assists?: readonly { readonly unitId: string }[] | undefined;
      }
    | undefined;
  readonly discoveredBy: { readonly id: string };
  readonly against?: Incident['against'];
};

const unitRoles: ReadonlySet<Role> = new Set(['unit-member', 'unit-leader']);
const centreRoles: ReadonlySet<Role> = new Set([
  'clerk',
  'shift-supervisor',
  'dispatcher',
  'verifier',
  'evaluator',
  'leader',
  'auditor',
  'admin',
  'grid-worker',
  'hotline-seat',
]);

/**
 * Whether the caller may see the incident: it lies in their area (a prefix of the code of its ground
 * or of its centres), or their unit leads, assists or handled it, or they reported it. Unit people see
 * by unit only, citizens only what they reported.
 */
export function mayRead(subject: Subject, incident: Scoped): boolean {
  if (subject.roles.includes('system')) return true;
  if (isAgainst(subject, incident)) return false;
  if (incident.discoveredBy.id === subject.id) return true;
  if (subject.unitId !== undefined && subject.roles.some((role) => unitRoles.has(role))) {
    if (involves(incident, subject.unitId)) return true;
  }
  if (!subject.roles.some((role) => centreRoles.has(role)) || subject.area === '') return false;
  return inArea(subject, incident);
}

/** 回避: a complaint against a centre or unit is not for the eyes of its people. */
function isAgainst(subject: Subject, { against }: Scoped): boolean {
  if (against === undefined) return false;
  const { centreId, unitId } = subject;
  return (
    (centreId !== undefined && centreId === against.centreId) ||
    (unitId !== undefined && unitId === against.unitId)
  );
}

function involves(incident: Scoped, unitId: string): boolean {
  const { assignment } = incident;
  return (
    assignment?.unitId === unitId ||
    incident.handlingUnits.includes(unitId) ||
    (assignment?.assists?.some((a) => a.unitId === unitId) ?? false)
  );
}

function inArea(subject: Subject, incident: Scoped): boolean {
  const { ground } = incident;
  const areas = subject.grids ?? [subject.area];
  const codes = [
    ground.grid,
    ground.committee,
    ground.subdistrict,
    incident.ownerCentreId,
    incident.centreId,
    ...(ground.disputed ?? []),
  ];
  return areas.some((area) => codes.some((code) => code?.startsWith(area) ?? false));
}

type Relation = (subject: Subject, incident: Scoped) => boolean;

const ofHoldingCentre: Relation = (s, i) => s.centreId === i.centreId;
const ofOwnerCentre: Relation = (s, i) => s.centreId === i.ownerCentreId;
const ofUpperCentre: Relation = (s, i) => s.centreId !== undefined && isUpper(s.centreId, i);
const ofLeadUnit: Relation = (s, i) => s.unitId !== undefined && s.unitId === i.assignment?.unitId;
const ofInvolvedUnit: Relation = (s, i) =>
  ofLeadUnit(s, i) || (i.assignment?.assists?.some((a) => a.unitId === s.unitId) ?? false);
const ofOwnReport: Relation = (s, i) => s.id === i.discoveredBy.id;
const anybody: Relation = () => true;
const either =
  (...relations: Relation[]): Relation =>
  (s, i) =>
    relations.some((relation) => relation(s, i));

// Whose turn it is stands in the application.
const ofSomeCentre: Relation = (s, i) =>
  ofHoldingCentre(s, i) || ofOwnerCentre(s, i) || ofUpperCentre(s, i);

/** A district's code is a prefix of its subdistricts' codes. */
function isUpper(centreId: string, incident: Scoped): boolean {
  return incident.centreId.startsWith(centreId) || incident.ownerCentreId.startsWith(centreId);
}

/** Beyond the role: how the caller must stand to the incident. */
const relations: Readonly<Record<Verb | AskVerb, Relation>> = {
  'request-fact-check': ofHoldingCentre,
  'report-fact-check': anybody,
  merge: ofHoldingCentre,
  file: ofHoldingCentre,
  decline: ofHoldingCentre,
  'decide-decline': ofSomeCentre,
  'decide-self-handled': ofSomeCentre,
  answer: either(ofHoldingCentre, ofUpperCentre),
  transfer: ofHoldingCentre,
  assign: ofHoldingCentre,
  'pass-down': ofHoldingCentre,
  escalate: ofHoldingCentre,
  'take-up': ofUpperCentre,
  'rule-return': either(ofHoldingCentre, ofUpperCentre),
  cancel: either(ofHoldingCentre, ofUpperCentre),
  'decide-cancel': ofSomeCentre,
  receive: ofInvolvedUnit,
  'assign-crew': ofLeadUnit,
  contact: ofInvolvedUnit,
  return: ofLeadUnit,
  'decide-late-return': ofSomeCentre,
  recall: ofHoldingCentre,
  'request-extension': ofLeadUnit,
  'decide-extension': either(ofLeadUnit, ofSomeCentre),
  'request-suspension': ofLeadUnit,
  'decide-suspension': either(ofLeadUnit, ofSomeCentre),
  resume: either(ofLeadUnit, ofHoldingCentre),
  finish: ofInvolvedUnit,
  confirm: ofLeadUnit,
  'send-back': ofLeadUnit,
  check: anybody,
  'call-back': either(ofOwnerCentre, ofHoldingCentre),
  'order-rework': either(ofOwnerCentre, ofHoldingCentre, ofUpperCentre),
  close: either(ofOwnerCentre, ofUpperCentre),
  'decide-close': ofSomeCentre,
  'decide-forced-close': ofSomeCentre,
  reopen: either(ofOwnerCentre, ofUpperCentre),
  archive: either(ofOwnerCentre, ofUpperCentre),
  unmerge: ofOwnerCentre,
  note: anybody,
  supplement: anybody,
  amend: either(ofHoldingCentre, ofOwnerCentre, ofUpperCentre),
  urge: anybody,
  supervise: either(ofHoldingCentre, ofUpperCentre, ofOwnerCentre),
  'reply-supervision': either(ofInvolvedUnit, ofHoldingCentre, ofOwnerCentre),
  'withdraw-supervision': either(ofHoldingCentre, ofUpperCentre, ofOwnerCentre),
  'withdraw-request': anybody,
  'revoke-pause': ofSomeCentre,
  withdraw: either(ofOwnReport, ofHoldingCentre, ofOwnerCentre),
  'go-live': anybody,
  reveal: either(ofInvolvedUnit, ofHoldingCentre, ofOwnerCentre, ofUpperCentre),
  absorb: anybody,
  'conclude-merge': anybody,
  release: anybody,
  'conclude-unmerge': anybody,
};

/** Whether the caller may give this command on this incident, as far as authority goes. */
export function may(subject: Subject, action: Action, incident: Scoped): boolean {
  if (!mayRead(subject, incident)) return false;
  if (action === 'read') return true;
  const allowed = permissions[action];
  if (!subject.roles.some((role) => allowed.includes(role))) return false;
  return subject.roles.includes('system') || relations[action](subject, incident);
}

const confidants: ReadonlySet<Role> = new Set(['clerk', 'hotline-seat', 'shift-supervisor']);

/**
 * 保密: who may know a caller that asked for confidence, of those who may `reveal`: the seats that talk
 * to callers at the holding or the owning centre, not the units that act on what was said.
 */
export function mayKnowConfidential(subject: Subject, incident: Scoped): boolean {
  if (!subject.roles.some((role) => confidants.has(role))) return false;
  return ofHoldingCentre(subject, incident) || ofOwnerCentre(subject, incident);
}

/**
 * The one gate for routes, lists and streams alike; denies by default. What the caller may not see is
 * not there (404); what they see but may not do is 403.
 */
export function authorize(subject: Subject, action: Action, incident: Scoped): void {
  if (!mayRead(subject, incident)) {
    throw new NotFound('INCIDENT_NOT_FOUND', '没有这个案件 / no such incident');
  }
  if (may(subject, action, incident)) return;
  throw new Forbidden('NOT_PERMITTED', '您无权进行此操作 / your role or post may not do this', {
    action,
  });
}
