import type { PackPerson, Role, Subject } from '@cityloop/contracts';

const withoutSeat: ReadonlySet<Role> = new Set(['citizen', 'unit-member', 'unit-leader']);

/**
 * Whether the caller may know of a person: themselves, their unit's people, and, for those with a seat
 * in a centre, everybody at or below their area. Citizens know of nobody.
 */
export function mayKnow(subject: Subject, person: PackPerson): boolean {
  if (person.id === subject.id) return true;
  if (person.roles.includes('citizen')) return false;
  if (subject.unitId !== undefined && subject.unitId === person.unitId) return true;
  if (subject.area === '' || subject.roles.every((role) => withoutSeat.has(role))) return false;
  return person.area.startsWith(subject.area);
}
