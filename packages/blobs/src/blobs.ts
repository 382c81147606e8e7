import { InvalidInput } from '@cityloop/kernel';

/**
 * Bytes by name, for photos and what is known of them. Names are lower-case letters, digits, dots,
 * dashes and underscores, begin with a letter or digit and have at most 120 characters; any other is
 * `InvalidInput` `BLOB_NAME_INVALID`, so that no name leads out of the store.
 */
export type Blobs = {
  /**
   * Durable when it resolves, and then whole: no reader ever sees half of it. A name that exists gets
   * the new content. Throws `Unavailable` `BLOBS_UNAVAILABLE` when it cannot be stored.
   */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** The bytes, or undefined when there are none of that name. */
  get(name: string): Promise<Uint8Array | undefined>;
  stat(name: string): Promise<{ readonly bytes: number } | undefined>;
};

const NAME = /^[a-z0-9][a-z0-9._-]{0,119}$/;

/** Refuses a name that is none. */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new InvalidInput('BLOB_NAME_INVALID', '文件名无效 / not a name of ours');
}
