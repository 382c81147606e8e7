import type { GivenLocation, Ground, Location } from '@cityloop/contracts';
import { toWgs84 } from '@cityloop/geo';
import { InvalidInput } from '@cityloop/kernel';
import type { Policy } from './policy.ts';

/**
 * Where an incident is: the point as WGS-84 (what was given is kept beside it), and whose ground that
 * is. From the point if it lies in a known area, else from the grid code, which otherwise only says more
 * exactly what the point says; an address alone leaves the ground to be asked for (`lacksGround`). On a boundary
 * all subdistricts are named and the district decides.
 */
export function place(
  given: GivenLocation,
  policy: Policy,
): { readonly location: Location; readonly ground: Ground } {
  const words = {
    ...(given.address === undefined ? {} : { address: given.address }),
    ...(given.gridCode === undefined ? {} : { gridCode: given.gridCode }),
  };
  const byCode = given.gridCode === undefined ? undefined : policy.groundOf(given.gridCode);
  if (given.gridCode !== undefined && byCode === undefined) {
    throw new InvalidInput(
      'GRID_UNKNOWN',
      '没有这个网格或居委，见 GET /api/v1/district / no such grid or area code, see GET /api/v1/district',
      {
        gridCode: given.gridCode,
      },
    );
  }
  if (given.lon === undefined || given.lat === undefined || given.crs === undefined) {
    return { location: words, ground: byCode ?? {} };
  }
  const { lon, lat } = toWgs84({ lon: given.lon, lat: given.lat, crs: given.crs });
  const exact = given.crs === 'WGS84' || given.crs === 'CGCS2000';
  const location: Location = {
    ...words,
    lon,
    lat,
    ...(exact ? {} : { given: { lon: given.lon, lat: given.lat, crs: given.crs } }),
  };
  const byPoint = policy.locate(lon, lat);
  return { location, ground: byCode !== undefined && agrees(byCode, byPoint) ? byCode : byPoint };
}

/** Whether nothing but words says where it is: somebody has to say whose ground that is. */
export function lacksGround({ lon, gridCode }: Pick<Location, 'lon' | 'gridCode'>): boolean {
  return lon === undefined && gridCode === undefined;
}

/** Whether the code names every area the point is in (there may be none). */
function agrees(byCode: Ground, byPoint: Ground): boolean {
  const levels = ['subdistrict', 'committee', 'grid'] as const;
  const same = levels.every((l) => byPoint[l] === undefined || byPoint[l] === byCode[l]);
  return same && byPoint.disputed === undefined;
}
