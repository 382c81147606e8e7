import { InvalidInput } from '@cityloop/kernel';
import fc from 'fast-check';
import gcoordModule from 'gcoord';
import { describe, expect, it } from 'vitest';
import { coordinateSystems, toWgs84 } from './coordinate-system.ts';
import { distanceMetres } from './point.ts';

// As in coordinate-system.ts: the package's types name a default export that Node has already unwrapped.
const gcoord = gcoordModule as unknown as typeof gcoordModule.default;

const inShanghai = fc.record({
  lon: fc.double({ min: 120.8, max: 122, noNaN: true }),
  lat: fc.double({ min: 30.6, max: 31.9, noNaN: true }),
});

describe('toWgs84', () => {
  it('takes WGS84 and CGCS2000 over to the last digit', () => {
    for (const crs of ['WGS84', 'CGCS2000'] as const) {
      expect(toWgs84({ lon: 121.5217212345, lat: 31.26174, crs })).toEqual({
        lon: 121.5217212345,
        lat: 31.26174,
      });
    }
  });

  it('finds the way back from GCJ02 and BD09 to within half a metre', () => {
    fc.assert(
      fc.property(inShanghai, fc.constantFrom('GCJ02', 'BD09'), (point, crs) => {
        const [lon, lat] = gcoord.transform([point.lon, point.lat], gcoord.WGS84, gcoord[crs]);
        expect(distanceMetres(toWgs84({ lon, lat, crs }), point)).toBeLessThan(0.5);
      }),
    );
  });

  it('moves a GCJ02 point of Shanghai by hundreds of metres, so that forgetting it would show', () => {
    fc.assert(
      fc.property(inShanghai, (point) => {
        const moved = distanceMetres(toWgs84({ ...point, crs: 'GCJ02' }), point);
        expect(moved).toBeGreaterThan(300);
        expect(moved).toBeLessThan(800);
      }),
    );
  });

  it('leaves GCJ02 outside China as it is', () => {
    expect(toWgs84({ lon: -118.29, lat: 34.07, crs: 'GCJ02' })).toEqual({
      lon: -118.29,
      lat: 34.07,
    });
  });

  it('refuses what is not on the globe, and says when the two look swapped', () => {
    for (const crs of coordinateSystems) {
      expect(() => toWgs84({ lon: Number.NaN, lat: 31, crs })).toThrow(InvalidInput);
      expect(() => toWgs84({ lon: 181, lat: 31, crs })).toThrow(InvalidInput);
    }
    expect(() => toWgs84({ lon: 31.26, lat: 121.52, crs: 'WGS84' })).toThrow(
      expect.objectContaining({
        code: 'GEO_POINT_INVALID',
        details: expect.objectContaining({ hint: expect.any(String) }),
      }),
    );
  });
});

describe('distanceMetres', () => {
  it('knows a degree of latitude', () => {
    expect(distanceMetres({ lon: 121, lat: 31 }, { lon: 121, lat: 32 })).toBeCloseTo(111_195, -1);
  });

  it('is the same both ways and nothing from a point to itself', () => {
    fc.assert(
      fc.property(inShanghai, inShanghai, (a, b) => {
        expect(distanceMetres(a, b)).toBeCloseTo(distanceMetres(b, a), 6);
        expect(distanceMetres(a, a)).toBe(0);
      }),
    );
  });

  it('crosses the 180° meridian the short way', () => {
    expect(distanceMetres({ lon: 179.9, lat: 0 }, { lon: -179.9, lat: 0 })).toBeLessThan(23_000);
  });
});
