import gcoordModule from 'gcoord';
import { type Point, requireOnGlobe } from './point.ts';

// Its types describe an ES module with a default export; what Node loads is that export itself.
const gcoord = gcoordModule as unknown as typeof gcoordModule.default;

/** The coordinate systems in use: GCJ02 is what Chinese maps show, BD09 what Baidu makes of that. */
export const coordinateSystems = ['WGS84', 'CGCS2000', 'GCJ02', 'BD09'] as const;
export type CoordinateSystem = (typeof coordinateSystems)[number];

/** A place as somebody gave it: the numbers mean nothing without their coordinate system. */
export type GivenPoint = Point & { readonly crs: CoordinateSystem };

/**
 * The point in WGS-84. CGCS2000 agrees with it to centimetres and is taken over as it is; the way back
 * from GCJ02 is exact to 0.2 m, from BD09 to 0.3 m. Those two are shifts of Chinese maps only: far
 * outside China a point comes back (almost) as it was. The caller keeps the original.
 *
 * @throws InvalidInput `GEO_POINT_INVALID`
 */
export function toWgs84(given: GivenPoint): Point {
  const { lon, lat, crs } = requireOnGlobe(given);
  if (crs === 'WGS84' || crs === 'CGCS2000') return { lon, lat };
  const from = crs === 'GCJ02' ? gcoord.GCJ02 : gcoord.BD09;
  const [wgsLon, wgsLat] = gcoord.transform([lon, lat], from, gcoord.WGS84);
  return { lon: wgsLon, lat: wgsLat };
}
