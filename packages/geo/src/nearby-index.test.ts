import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNearbyIndex, type NearbyItem, type NearbyQuery } from './nearby-index.ts';
import { distanceMetres } from './point.ts';

const HOUR = 3_600_000;
const at = (id: string, lon: number, lat: number, atMs = 0, category = 'E01-10'): NearbyItem => ({
  id,
  lon,
  lat,
  atMs,
  category,
});
const around = (lon: number, lat: number, atMs = 0): NearbyQuery => ({
  lon,
  lat,
  atMs,
  category: 'E01-10',
  withinMetres: 50,
  withinMs: 24 * HOUR,
});

// Metres apart, so that queries of 50 m have both neighbours and strangers.
const item = fc.record({
  id: fc.constantFrom(...'abcdefghijklmnop'),
  lon: fc.double({ min: 121.52, max: 121.522, noNaN: true }),
  lat: fc.oneof(
    fc.double({ min: 31.3, max: 31.302, noNaN: true }),
    fc.double({ min: -0.001, max: 0.001, noNaN: true }),
    fc.double({ min: 69.999, max: 70.001, noNaN: true }),
  ),
  atMs: fc.integer({ min: 0, max: 72 * HOUR }),
  category: fc.constantFrom('E01-10', 'E01-12'),
});

describe('createNearbyIndex', () => {
  it('finds exactly what a look at every item finds', () => {
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 40 }),
        item,
        fc.double({ min: 1, max: 400, noNaN: true }),
        (items, centre, withinMetres) => {
          const index = createNearbyIndex();
          const all = new Map<string, NearbyItem>();
          for (const one of items) {
            index.insert(one);
            all.set(one.id, one);
          }
          const query = { ...centre, withinMetres, withinMs: 24 * HOUR };
          const wanted = [...all.values()].filter(
            (one) =>
              one.category === query.category &&
              distanceMetres(one, query) <= withinMetres &&
              Math.abs(one.atMs - query.atMs) <= query.withinMs,
          );
          expect(
            index
              .query(query)
              .map(({ id }) => id)
              .sort(),
          ).toEqual(wanted.map(({ id }) => id).sort());
          expect(index.size).toBe(all.size);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('answers the nearest first and says how far', () => {
    const index = createNearbyIndex();
    index.insert(at('far', 121.5203, 31.3));
    index.insert(at('near', 121.5201, 31.3));
    const found = index.query(around(121.52, 31.3));
    expect(found.map(({ id }) => id)).toEqual(['near', 'far']);
    expect(found[0]?.metres).toBeCloseTo(9.5, 1);
  });

  it('counts both limits as near', () => {
    const index = createNearbyIndex();
    index.insert(at('a', 121.52, 31.3, 24 * HOUR));
    expect(index.query(around(121.52, 31.3, 0))).toHaveLength(1);
    expect(index.query(around(121.52, 31.3, -1))).toHaveLength(0);
  });

  it('forgets what is removed or replaced', () => {
    const index = createNearbyIndex();
    index.insert(at('a', 121.52, 31.3));
    index.insert(at('a', 121.6, 31.3));
    expect(index.query(around(121.52, 31.3))).toEqual([]);
    expect(index.query(around(121.6, 31.3))).toHaveLength(1);
    expect(index.remove('a')).toBe(true);
    expect(index.remove('a')).toBe(false);
    expect(index.size).toBe(0);
  });

  it('drops what is too old to matter', () => {
    const index = createNearbyIndex();
    index.insert(at('old', 121.52, 31.3, 1));
    index.insert(at('new', 121.52, 31.3, 2));
    expect(index.removeBefore(2)).toBe(1);
    expect(index.query(around(121.52, 31.3)).map(({ id }) => id)).toEqual(['new']);
  });
});
