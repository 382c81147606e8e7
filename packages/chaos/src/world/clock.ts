import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Debian puts what lets a process see another time. */
const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (arch) => `/usr/lib/${arch}/faketime/libfaketime.so.1`,
);
const HOUR_S = 3_600;

/** The wall clock of one process, which can be set wrong; its timers go on as they were. */
export type OwnClock = {
  readonly environment: Readonly<Record<string, string>>;
  /** An hour ahead, or right again; the process sees it within a second. */
  setWrong(wrong: boolean): Promise<void>;
};

/** The library that is preloaded, undefined where libfaketime is not installed. */
export const fakeTime = (): string | undefined => LIBRARIES.find((path) => existsSync(path));

/** A clock for one process, by a file of offsets below `folder`. */
export async function ownClock(library: string, folder: string, id: string): Promise<OwnClock> {
  const path = join(folder, `${id}.clock`);
  const setWrong = (wrong: boolean) => writeFile(path, `${wrong ? `+${HOUR_S}` : '+0'}\n`);
  await setWrong(false);
  return {
    setWrong,
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: path,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
}
