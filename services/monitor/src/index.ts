export { pictureDoor } from './door.ts';
export { openMetrics } from './open-metrics.ts';
export type { Picture } from './picture.ts';
export type { Told } from './replay.ts';
export { type PictureRow, pictureOf, scopeOf } from './row.ts';
export type { Search, SearchQuery } from './search.ts';
export { type Monitor, startMonitor } from './service.ts';
