import { openSource } from './input/source-file.ts';
import { loadMapping } from './mapping/load-mapping.ts';
import type { Options } from './options.ts';
import { startImport } from './run/import-run.ts';
import { type Places, placesFor } from './run/places.ts';
import { openRecords } from './run/record-keeper.ts';
import type { Tally } from './run/tally.ts';
import type { Outcome } from './run/task.ts';
import { batchClient } from './send/batch-client.ts';
import { demoPerson, givenToken } from './send/session.ts';

const PATIENCE_MS = 10 * 60_000;
const FIRST_PATIENCE_MS = 15_000;

export type ImportFileOptions = Options & {
  /** A token to send with, instead of signing in. */
  readonly token?: string | undefined;
  /** A record came to its end in this run. */
  settled?(outcome: Outcome): void;
  /** Lines (reports and commands) were answered for good. */
  answered?(lines: number): void;
};

/** An import of one file. */
export type FileImport = {
  /** As `ImportRun.ended`. */
  readonly ended: Promise<boolean>;
  /** An earlier run has finished it: nothing is sent. */
  readonly finishedBefore: boolean;
  /** Of the whole file, earlier runs included; grows while it runs. */
  readonly tally: Tally;
  readonly places: Places;
  /** How much of the file has been read, 0 to 1. */
  read(): number;
  /** Whether the server is waited for. */
  away(): boolean;
  stop(): void;
};

/**
 * Starts the import of a file. Throws `InvalidInput` when the mapping is not usable, or the file
 * system's error when a file cannot be read.
 */
export async function importFile(options: ImportFileOptions): Promise<FileImport> {
  const { mapping, fingerprint } = await loadMapping(options.map);
  const source = await openSource(options.file, mapping);
  const places = await placesFor(options.file, options.out);
  const { url, drive, goLive, token } = options;
  const mapped = { source: source.fingerprint, mapping: fingerprint };
  const identity = { ...mapped, target: url, drive, goLive };
  const records = await openRecords(places, identity, options.again);
  const { tally } = records;
  if (records.finished) {
    await records.close(true);
    return idle(tally, places);
  }
  let away = false;
  const run = startImport({
    ...options,
    source,
    mapping,
    records,
    client: batchClient(
      url,
      token === undefined ? demoPerson(url, options.person) : givenToken(token),
    ),
    patienceMs: PATIENCE_MS,
    firstPatienceMs: FIRST_PATIENCE_MS,
    away: (now) => {
      away = now;
    },
  });
  return {
    ended: run.ended,
    finishedBefore: false,
    tally,
    places,
    read: () => (source.size === 0 ? 1 : source.readBytes() / source.size),
    away: () => away,
    stop: run.stop,
  };
}

function idle(tally: Tally, places: Places): FileImport {
  return {
    ended: Promise.resolve(true),
    finishedBefore: true,
    tally,
    places,
    read: () => 1,
    away: () => false,
    stop: () => undefined,
  };
}
