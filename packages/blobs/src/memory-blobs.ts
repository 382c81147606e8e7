import { type Blobs, checkName } from './blobs.ts';

/** Blobs that live as long as the process, for tests. */
export function memoryBlobs(): Blobs {
  const kept = new Map<string, Uint8Array>();
  return {
    async put(name, bytes) {
      checkName(name);
      kept.set(name, bytes.slice());
    },
    async get(name) {
      checkName(name);
      return kept.get(name)?.slice();
    },
    async stat(name) {
      checkName(name);
      const bytes = kept.get(name)?.byteLength;
      return bytes === undefined ? undefined : { bytes };
    },
  };
}
