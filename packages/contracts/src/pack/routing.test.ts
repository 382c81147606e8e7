import { describe, expect, it } from 'vitest';
import { inCategory, PackRoute, type RouteFacts, routeFits } from './routing.ts';

const facts: RouteFacts = {
  categoryCode: 'E01-10',
  kind: 'event',
  area: '310110019001002',
  channel: 'grid-worker',
  urgency: 'normal',
  level: 'subdistrict',
};

const rowFor = (when: unknown): PackRoute =>
  PackRoute.parse({
    id: 'row',
    when,
    // biome-ignore lint/suspicious/noThenProperty: the word of the pack; never awaited
    then: { level: 'district' },
    reason: 'because',
  });

describe('inCategory', () => {
  it('takes a code for itself and a major class for all below it', () => {
    expect(inCategory('E01-10', 'E01-10')).toBe(true);
    expect(inCategory('E01-10', 'E01')).toBe(true);
    expect(inCategory('E01-101', 'E01-10')).toBe(false);
    expect(inCategory('E01-10', 'E02')).toBe(false);
    expect(inCategory(undefined, 'E01')).toBe(false);
  });
});

describe('routeFits', () => {
  it('fits everything when nothing is named', () => {
    expect(routeFits(rowFor({}), facts)).toBe(true);
    expect(routeFits(rowFor({}), { channel: 'sensor', urgency: 'urgent' })).toBe(true);
  });

  it.each([
    [{ categories: ['E02', 'E01-10'] }, { categories: ['E02'] }],
    [{ kind: 'event' }, { kind: 'hotline' }],
    [{ area: '310110019' }, { area: '310110021' }],
    [{ channel: 'grid-worker' }, { channel: 'sensor' }],
    [{ urgency: 'normal' }, { urgency: 'urgent' }],
    [{ level: 'subdistrict' }, { level: 'district' }],
  ])('fits %j and not %j', (fitting, other) => {
    expect(routeFits(rowFor(fitting), facts)).toBe(true);
    expect(routeFits(rowFor(other), facts)).toBe(false);
    expect(routeFits(rowFor({ ...fitting, area: '310110021' }), facts)).toBe(false);
  });

  it('takes a fact that is not known for none that fits', () => {
    const unknown: RouteFacts = { channel: 'grid-worker', urgency: 'normal' };
    for (const when of [{ categories: ['E01'] }, { kind: 'event' }, { area: '310110' }]) {
      expect(routeFits(rowFor(when), unknown)).toBe(false);
    }
    expect(routeFits(rowFor({ level: 'district' }), unknown)).toBe(false);
  });
});
