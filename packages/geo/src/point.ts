import { InvalidInput } from '@cityloop/kernel';

/** A place in WGS-84 degrees. */
export type Point = { readonly lon: number; readonly lat: number };

/** Whether both are finite and inside the globe. */
export function isOnGlobe({ lon, lat }: Point): boolean {
  return lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90;
}

/**
 * Hands the point on, or says what is wrong with it.
 *
 * @throws InvalidInput `GEO_POINT_INVALID`; `details.hint` when longitude and latitude look swapped
 */
export function requireOnGlobe<T extends Point>(point: T): T {
  if (isOnGlobe(point)) return point;
  const swapped = isOnGlobe({ lon: point.lat, lat: point.lon });
  throw new InvalidInput(
    'GEO_POINT_INVALID',
    '经度应在 -180–180、纬度应在 -90–90 之间 / longitude or latitude out of range',
    {
      lon: point.lon,
      lat: point.lat,
      ...(swapped ? { hint: '经纬度可能写反了 / longitude and latitude may be swapped' } : {}),
    },
  );
}

// Mean radius of the Earth; against the ellipsoid distances are off by at most 0.6 %.
const EARTH_RADIUS_METRES = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** Metres on the great circle between two points. */
export function distanceMetres(a: Point, b: Point): number {
  const latHalf = Math.sin(((b.lat - a.lat) * RADIANS) / 2);
  const lonHalf = Math.sin(((b.lon - a.lon) * RADIANS) / 2);
  const chord =
    latHalf * latHalf + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * lonHalf * lonHalf;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Metres of one degree of latitude, by the same sphere. */
export const METRES_PER_DEGREE = EARTH_RADIUS_METRES * RADIANS;
