import { type FileHandle, open, rm } from 'node:fs/promises';
import { type JournalEntry, readJournal, writeJournal } from './journal.ts';
import { count, emptyTally, type Tally } from './tally.ts';
import type { Outcome } from './task.ts';

const WRITE_EVERY_MS = 1_000;

/** What makes two runs the same import. */
export type ImportIdentity = Pick<
  JournalEntry,
  'source' | 'mapping' | 'target' | 'drive' | 'goLive'
>;

/** Keeps what became of each record, in the order of the file. */
export type RecordKeeper = {
  /** Records settled by earlier runs, which need not be sent again. */
  readonly done: number;
  /** Whether an earlier run has finished the whole. */
  readonly finished: boolean;
  /** What is known of the records up to the first unsettled one. */
  readonly tally: Tally;
  settle(n: number, outcome: Outcome): void;
  /** Writes down what is settled; with `finished`, that it is all. */
  close(finished: boolean): Promise<void>;
};

/**
 * Opens the journal and the rejected file of an import. Records are settled in any order; what is
 * written down, rejected records included, is always the beginning of the file without gaps. So a run
 * that was killed goes on behind it, sends what was under way once more under the same keys, and
 * writes no rejected record twice. `anew` forgets what earlier runs did.
 */
export async function openRecords(
  paths: { readonly journal: string; readonly rejected: string },
  identity: ImportIdentity,
  anew: boolean,
): Promise<RecordKeeper> {
  const last = anew ? undefined : sameImport(await readJournal(paths.journal), identity);
  const tally = last?.tally ?? emptyTally();
  const rejected = await openRejected(paths.rejected, last?.rejectedBytes ?? 0);
  const pending = new Map<number, Outcome>();
  const done = tally.rows;
  let lines: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  let dirty = false;

  async function write(finished: boolean): Promise<void> {
    const text = lines.join('');
    lines = [];
    const entry = { format: 1 as const, ...identity, tally: structuredClone(tally), finished };
    const rejectedBytes = await rejected.append(text);
    await writeJournal(paths.journal, { ...entry, rejectedBytes });
  }

  const timer = setInterval(() => {
    if (!dirty) return;
    dirty = false;
    writing = writing
      .then(() => write(false))
      .catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error));
      });
  }, WRITE_EVERY_MS);

  return {
    done,
    finished: last?.finished ?? false,
    tally,
    settle(n, outcome) {
      if (failure !== undefined) throw failure;
      pending.set(n, outcome);
      for (;;) {
        const next = pending.get(tally.rows + 1);
        if (next === undefined) return;
        pending.delete(tally.rows + 1);
        count(tally, next);
        if (next.rejection !== undefined) lines.push(rejectedLine(next));
        dirty = true;
      }
    },
    async close(finished) {
      clearInterval(timer);
      await writing;
      await write(finished);
      await rejected.close();
    },
  };
}

function sameImport(
  entry: JournalEntry | undefined,
  identity: ImportIdentity,
): JournalEntry | undefined {
  const { source, mapping, target, drive, goLive } = identity;
  const same =
    entry?.source === source &&
    entry.mapping === mapping &&
    entry.target === target &&
    entry.drive === drive &&
    entry.goLive === goLive;
  return same ? entry : undefined;
}

function rejectedLine({ line, record, rejection }: Outcome): string {
  return `${JSON.stringify({ line, ...rejection, record })}\n`;
}

/** The rejected file from byte `keep` on; it comes to be with the first record in it. */
async function openRejected(
  path: string,
  keep: number,
): Promise<{ append(text: string): Promise<number>; close(): Promise<void> }> {
  let file: FileHandle | undefined;
  let size = keep;
  if (keep === 0) await rm(path, { force: true });
  else {
    file = await open(path, 'r+').catch(() => open(path, 'w'));
    await file.truncate(keep);
  }
  return {
    async append(text) {
      if (text === '') return size;
      file ??= await open(path, 'w');
      const { bytesWritten } = await file.write(text, size);
      size += bytesWritten;
      return size;
    },
    close: async () => file?.close(),
  };
}
