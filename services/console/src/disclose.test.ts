import type { Incident, Role, Subject } from '@cityloop/contracts';
import { describe, expect, it } from 'vitest';
import { disclose } from './disclose.ts';

const DISTRICT = '310110';
const WEST = '310110019';
const someone = (centreId: string, ...roles: Role[]): Subject => ({
  ...{ id: 'someone', name: '某人', roles, area: centreId, centreId },
});
const { centreId: _, ...crew } = { ...someone(DISTRICT, 'unit-leader'), unitId: 'roads' };
const incident = (confidential: boolean) =>
  ({
    ...{ ownerCentreId: DISTRICT, centreId: WEST },
    demands: [
      { id: 'd1', caller: 't1' },
      { id: 'd2', caller: 't2', ...(confidential ? { confidential } : {}) },
    ],
  }) as unknown as Incident; // only what is asked for

const open = { token: 't1', name: '王某', phone: '13900000000' };
const secret = { token: 't2', name: '李某', original: '我是李某' };
const words = { token: 't3', original: '请回电13911112222' };
const kept = [open, secret, words];

describe('who asked for confidence', () => {
  it.each([
    someone(WEST, 'clerk'),
    someone(DISTRICT, 'hotline-seat'),
    someone(DISTRICT, 'shift-supervisor'),
  ])('is known to the seats of the holding and the owning centre: $roles', (subject) => {
    expect(disclose(kept, subject, incident(true))).toEqual({
      callers: [
        { demandId: 'd1', name: '王某', phone: '13900000000' },
        { demandId: 'd2', name: '李某', original: '我是李某' },
        { original: '请回电13911112222' },
      ],
      withheld: 0,
    });
  });

  it.each<Subject>([
    crew,
    { ...crew, roles: ['unit-member', 'grid-worker'] },
    someone(WEST, 'verifier'),
    someone('310110012', 'clerk'),
  ])('is left out for all others, with words that may tell of them: $roles', (subject) => {
    expect(disclose(kept, subject, incident(true))).toEqual({
      callers: [{ demandId: 'd1', name: '王某', phone: '13900000000' }],
      withheld: 2,
    });
  });
});

it('shows everything to a unit when nobody asked for confidence, and the same words once', () => {
  const again = { ...words, token: 't4' };
  const { callers, withheld } = disclose([...kept, again], crew, incident(false));
  expect(callers).toHaveLength(3);
  expect(withheld).toBe(0);
});

it('shows a caller no demand came of to the seats alone: they may have asked for confidence', () => {
  const refused = { token: 't5', name: '赵某' };
  expect(disclose([refused], crew, incident(false))).toEqual({ callers: [], withheld: 1 });
  const { callers } = disclose([refused], someone(DISTRICT, 'clerk'), incident(false));
  expect(callers).toEqual([{ name: '赵某' }]);
});
