import type { ModePreview } from '@cityloop/contracts';
import { expect, it } from 'vitest';
import { type ImaginedMode, oneAtATime } from './mode-preview.ts';

const imagined: ImaginedMode = {
  mode: {
    id: 'flood-3',
    name: '防汛三级',
    scope: 'district',
    openClocks: 'replan',
    longest: { text: '72小时', limit: { amount: 72, unit: 'urgent-hour' } },
    propose: { roles: ['shift-supervisor'] },
    approve: { roles: ['leader'] },
    ...{ limits: [], routing: [], ladders: [] },
  },
  areas: [],
};
const found: ModePreview = {
  modeId: 'flood-3',
  asOf: '2026-07-01T00:00:00.000Z',
  ...{ open: 1, examined: 1, incidents: 0, clocks: 0, earlier: 0, later: 0, overdueAtOnce: 0 },
  lines: [],
};

it('lets one preview at a time through, and the next when that is done or has failed', async () => {
  const first = Promise.withResolvers<ModePreview>();
  const second = Promise.withResolvers<ModePreview>();
  const waiting = [first, second];
  const preview = oneAtATime(async () => waiting.shift()?.promise ?? found);
  const busy = { code: 'PREVIEW_BUSY', retryable: true, details: { retryAfter: 5 } };

  const one = preview(imagined);
  await expect(preview(imagined)).rejects.toMatchObject(busy);
  first.resolve(found);
  expect(await one).toBe(found);

  const two = preview(imagined);
  await expect(preview(imagined)).rejects.toMatchObject(busy);
  second.reject(new Error('the database is away'));
  await expect(two).rejects.toThrow('the database is away');
  expect(await preview(imagined)).toBe(found);
});
