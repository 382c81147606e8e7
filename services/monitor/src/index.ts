export type { Picture } from './picture.ts';
export { type PictureRow, scopeOf } from './row.ts';
export type { Search, SearchQuery } from './search.ts';
export { type Monitor, startMonitor } from './service.ts';
