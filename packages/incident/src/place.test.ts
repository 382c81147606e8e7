import { places, testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { place } from './place.ts';

const policy = testPolicy();
const { gridCode } = places.grid;
const groundOf = (given: Parameters<typeof place>[0]) => place(given, policy).ground;

describe('whose ground it is', () => {
  it('follows the point where the grid code says otherwise', () => {
    expect(groundOf({ ...places.east, gridCode })).toEqual(groundOf(places.east));
    expect(groundOf(places.east).subdistrict).toBe('310110012');
  });

  it('leaves a point on a boundary to the district, whatever code came with it', () => {
    expect(groundOf({ ...places.boundary, gridCode }).disputed).toHaveLength(2);
  });

  it('follows the grid code without a point, and where the point is in no area', () => {
    const byCode = { subdistrict: '310110019', grid: gridCode };
    expect(groundOf({ gridCode })).toMatchObject(byCode);
    expect(groundOf({ ...places.outside, gridCode })).toMatchObject(byCode);
  });

  it('takes the grid code where it says more exactly what the point says', () => {
    expect(groundOf({ ...places.west, gridCode })).toMatchObject({ grid: gridCode });
  });
});
