export type { Blobs } from './blobs.ts';
export { directoryBlobs } from './directory-blobs.ts';
export { memoryBlobs } from './memory-blobs.ts';
