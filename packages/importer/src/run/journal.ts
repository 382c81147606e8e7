import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { Tally } from './tally.ts';

/** How far an import has come: every record up to `tally.rows` is settled. */
export const JournalEntry = z.object({
  format: z.literal(1),
  /** What was imported how; another one begins anew. */
  source: z.string(),
  mapping: z.string(),
  target: z.string(),
  drive: z.boolean(),
  goLive: z.boolean(),
  tally: Tally,
  /** Length of the rejected file then, bytes. */
  rejectedBytes: z.int(),
  finished: z.boolean(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** The entry in a journal file; undefined when there is none that can be read. */
export async function readJournal(path: string): Promise<JournalEntry | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const checked = JournalEntry.safeParse(JSON.parse(text));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the entry; a kill in the middle leaves the old one. */
export async function writeJournal(path: string, entry: JournalEntry): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, `${JSON.stringify(entry, undefined, 2)}\n`);
  await rename(next, path);
}
