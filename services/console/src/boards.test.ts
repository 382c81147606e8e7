import type { Subject } from '@cityloop/contracts';
import { expect, it } from 'vitest';
import { boardFilter } from './boards.ts';
import type { Loop } from './loop.ts';

// Only what is asked for by name is looked up.
const loop = {
  policy: () => ({ centre: (id: string) => (id.startsWith('310110') ? { id } : undefined) }),
} as unknown as Loop;
const worker: Subject = {
  ...{ id: 'w', name: 'w', roles: ['grid-worker'], area: '310110019', centreId: '310110019' },
  grids: ['310110019001001'],
};
const { grids: _grids, ...colleague } = worker;

it('shows a grid worker what lies in their grids, whichever centre they name', () => {
  const own = { grounds: ['310110019001001'], asideCentreId: '310110019' };
  expect(boardFilter(loop, worker, {})).toEqual(own);
  expect(boardFilter(loop, worker, { centre: '310110019' })).toEqual({
    ...own,
    centreIdPrefix: '310110019',
  });
  expect(() => boardFilter(loop, worker, { centre: '310110012' })).toThrow();
  expect(boardFilter(loop, { ...colleague, roles: ['clerk'] }, {})).toEqual({
    centreIdPrefix: '310110019',
    asideCentreId: '310110019',
  });
});

it('shows unit people what is their unit’s and not against it, and others no board', () => {
  const { centreId: _centre, ...rest } = colleague;
  const member: Subject = { ...rest, roles: ['unit-member'], unitId: 'roads' };
  expect(boardFilter(loop, member, {})).toEqual({ unitId: 'roads', asideUnitId: 'roads' });
  for (const role of ['citizen', 'system'] as const) {
    expect(() => boardFilter(loop, { ...member, roles: [role] }, {})).toThrow(
      expect.objectContaining({ code: 'BOARD_NOT_FOUND' }),
    );
  }
});
