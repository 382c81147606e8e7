export { type Area, type AreaIndex, createAreaIndex, type Position } from './area-index.ts';
export {
  type CoordinateSystem,
  coordinateSystems,
  type GivenPoint,
  toWgs84,
} from './coordinate-system.ts';
export {
  createNearbyIndex,
  type NearbyIndex,
  type NearbyItem,
  type NearbyQuery,
} from './nearby-index.ts';
export { distanceMetres, isOnGlobe, type Point, requireOnGlobe } from './point.ts';
