import type { Role, Subject } from '@cityloop/contracts';

const DISTRICT = '310110';
const WEST = '310110019';
const EAST = '310110012';

const seat = (id: string, centreId: string, ...roles: Role[]): Subject => ({
  id,
  name: `${id}（示例）`,
  roles,
  area: centreId,
  centreId,
  post: roles.join('/'),
});

const member = (
  id: string,
  unitId: string,
  role: Role,
  area: string,
  employer?: string,
): Subject => ({
  id,
  name: `${id}（示例）`,
  roles: [role],
  area,
  unitId,
  post: role,
  ...(employer === undefined ? {} : { employer }),
});

/** Everybody of the test district: each role at both levels, crews of every unit, and two outsiders. */
export const people = {
  seat: seat('seat', DISTRICT, 'hotline-seat'),
  clerk: seat('clerk', DISTRICT, 'clerk'),
  dispatcher: seat('dispatcher', DISTRICT, 'dispatcher'),
  otherDispatcher: seat('other-dispatcher', DISTRICT, 'dispatcher'),
  supervisor: seat('supervisor', DISTRICT, 'shift-supervisor'),
  otherSupervisor: seat('other-supervisor', DISTRICT, 'shift-supervisor'),
  verifier: seat('verifier', DISTRICT, 'verifier'),
  evaluator: seat('evaluator', DISTRICT, 'evaluator'),
  leader: seat('leader', DISTRICT, 'leader'),
  auditor: seat('auditor', DISTRICT, 'auditor'),
  admin: seat('admin', DISTRICT, 'admin'),

  dutyLeader: member('duty-leader', 'duty', 'unit-leader', DISTRICT),
  dutyMember: member('duty-member', 'duty', 'unit-member', DISTRICT),
  roadsLeader: member('roads-leader', 'roads', 'unit-leader', DISTRICT, 'roads-co'),
  roadsMember: member('roads-member', 'roads', 'unit-member', DISTRICT, 'roads-co'),
  greeningLeader: member('greening-leader', 'greening', 'unit-leader', DISTRICT),
  greeningMember: member('greening-member', 'greening', 'unit-member', DISTRICT),
  gasLeader: member('gas-leader', 'gas', 'unit-leader', DISTRICT, 'gas-co'),
  gasMember: member('gas-member', 'gas', 'unit-member', DISTRICT, 'gas-co'),

  westClerk: seat('west-clerk', WEST, 'clerk'),
  westSeat: seat('west-seat', WEST, 'hotline-seat'),
  westDispatcher: seat('west-dispatcher', WEST, 'dispatcher'),
  westSupervisor: seat('west-supervisor', WEST, 'shift-supervisor'),
  westOtherSupervisor: seat('west-other-supervisor', WEST, 'shift-supervisor'),
  westVerifier: seat('west-verifier', WEST, 'verifier'),
  westEvaluator: seat('west-evaluator', WEST, 'evaluator'),
  westLeader: seat('west-leader', WEST, 'leader'),
  westGrid: { ...seat('west-grid', WEST, 'grid-worker'), grids: ['310110019001001'] },
  westOtherGrid: { ...seat('west-other-grid', WEST, 'grid-worker'), grids: ['310110019002'] },
  westOfficeLeader: member('west-office-leader', 'west-office', 'unit-leader', WEST),
  westCleaningLeader: member(
    'west-cleaning-leader',
    'west-cleaning',
    'unit-leader',
    WEST,
    'clean-co',
  ),
  westCleaningMember: member(
    'west-cleaning-member',
    'west-cleaning',
    'unit-member',
    WEST,
    'clean-co',
  ),
  westEnforcementLeader: member('west-enforcement-leader', 'west-enforcement', 'unit-leader', WEST),

  eastClerk: seat('east-clerk', EAST, 'clerk'),
  eastDispatcher: seat('east-dispatcher', EAST, 'dispatcher'),
  eastSupervisor: seat('east-supervisor', EAST, 'shift-supervisor'),
  eastGrid: { ...seat('east-grid', EAST, 'grid-worker'), grids: [EAST] },
  eastOfficeLeader: member('east-office-leader', 'east-office', 'unit-leader', EAST),
  eastCleaningLeader: member(
    'east-cleaning-leader',
    'east-cleaning',
    'unit-leader',
    EAST,
    'clean-co',
  ),

  /** Sits at the centre, is paid by the company that keeps the roads. */
  contractorsVerifier: {
    ...seat('contractors-verifier', DISTRICT, 'verifier'),
    employer: 'roads-co',
  },
  citizen: { id: 'citizen', name: '市民（示例）', roles: ['citizen'], area: '' },
  otherCitizen: { id: 'other-citizen', name: '市民（示例）', roles: ['citizen'], area: '' },
} satisfies Readonly<Record<string, Subject>>;

export const everybody: readonly Subject[] = Object.values(people);

/** The same people as rows of the pack; outsiders have no seat in it. */
export const packPeople = everybody
  .filter((person) => !person.roles.includes('citizen'))
  .map(({ post, ...person }) => ({ ...person, post: post ?? person.id }));
