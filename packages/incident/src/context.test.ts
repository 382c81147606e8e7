import type { Role, Subject } from '@cityloop/contracts';
import { filedInWest, people, reported, story } from '@cityloop/testing';
import { expect, it } from 'vitest';
import { roleFor } from './context.ts';

const also = (person: Subject, ...roles: Role[]): Subject => ({ ...person, roles });
const lastRole = ({ events }: { readonly events: ReturnType<typeof story>['events'] }) =>
  events.at(-1)?.data.by.role;

it('records who has several roles in the one whose act it is', () => {
  const both = also(people.westDispatcher, 'clerk', 'dispatcher');
  const told = filedInWest().give(both, 'assign', { unitId: 'west-cleaning' });
  expect(lastRole(told)).toBe('dispatcher');
  const leader = also(people.westCleaningLeader, 'unit-leader', 'unit-member');
  const taken = told.give(leader, 'receive');
  expect(lastRole(taken)).toBe('unit-member');
  expect(lastRole(taken.give(leader, 'assign-crew', { personIds: [leader.id] }))).toBe(
    'unit-leader',
  );
});

it('records a report, a common command and going live so as well', () => {
  const both = also(people.seat, 'evaluator', 'hotline-seat');
  const born = story().report({}, both);
  expect(lastRole(born)).toBe('hotline-seat');
  expect(born.incident.discoveredBy.role).toBe('hotline-seat');
  expect(lastRole(reported().give(both, 'supplement', { channel: 'hotline-12345' }))).toBe(
    'hotline-seat',
  );
  const admin = also(people.admin, 'auditor', 'admin');
  const past = { occurredAt: '2026-02-01T09:00:00+08:00' };
  expect(lastRole(story().report(past, admin).give(admin, 'go-live'))).toBe('admin');
});

it('falls back on the first role for what no role of theirs may', () => {
  expect(roleFor(also(people.clerk, 'auditor', 'clerk'), 'absorb')).toBe('auditor');
  expect(roleFor(also(people.clerk), 'note')).toBe('citizen');
});
