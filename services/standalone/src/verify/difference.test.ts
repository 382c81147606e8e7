import { expect, it } from 'vitest';
import { firstDifference } from './difference.ts';

it('finds nothing where plain data says the same, absent members included', () => {
  expect(firstDifference({ a: [1, { b: null }], c: undefined }, { a: [1, { b: null }] })).toBe(
    undefined,
  );
});

it.for([
  ['clocks.handle.dueAt', { clocks: { handle: { dueAt: 1 } } }, { clocks: { handle: {} } }],
  ['list.1', { list: [1, 2] }, { list: [1] }],
  ['list', { list: [] }, { list: {} }],
  ['a', { a: null }, {}],
  ['.', 1, '1'],
] as const)('names the path where they differ first: %s', ([path, a, b]) => {
  expect(firstDifference(a, b)).toBe(path);
  expect(firstDifference(b, a)).toBe(path);
});
