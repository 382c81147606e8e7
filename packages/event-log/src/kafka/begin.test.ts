import { expect, it } from 'vitest';
import { whereToBegin } from './begin.ts';

const range = { low: 5, high: 9 };
const stored = (position: number, eventId?: string) => [{ partition: 3, position, eventId }];

it.each([
  ['nothing stored', [], undefined, { kind: 'at', position: 5 }],
  [
    'another partition stored',
    [{ partition: 1, position: 7 }],
    undefined,
    { kind: 'at', position: 5 },
  ],
  ['the end', 'end', undefined, { kind: 'at', position: 9 }],
  ['the end, for one that was here before', 'end', 7, { kind: 'at', position: 7 }],
  ['the end, for one whose place expired', 'end', 2, { kind: 'at', position: 9 }],
  ['a record', stored(7), undefined, { kind: 'at', position: 8 }],
  ['an event to compare', stored(7, 'e'), undefined, { kind: 'behind', position: 7, eventId: 'e' }],
  ['the last event', stored(8, 'e'), undefined, { kind: 'behind', position: 8, eventId: 'e' }],
  [
    'an event that expired, and nothing behind it',
    stored(4, 'e'),
    undefined,
    { kind: 'at', position: 5 },
  ],
  ['an event that expired with others behind it', stored(3, 'e'), undefined, { kind: 'lost' }],
  ['an event where the log has ended', stored(9, 'e'), undefined, { kind: 'lost' }],
] as const)('begins right with %s', (_what, start, left, wanted) => {
  expect(whereToBegin(start, 3, range, left)).toEqual(wanted);
});

it('goes on in a partition that is empty because all of it was read and expired', () => {
  const empty = { low: 12, high: 12 };
  expect(whereToBegin(stored(11, 'e'), 3, empty, undefined)).toEqual({ kind: 'at', position: 12 });
});
