import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from './journal.ts';
import { openRecords } from './record-keeper.ts';
import type { Outcome } from './task.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'importer-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const identity = { source: 's', mapping: 'm', target: 'http://x', drive: true, goLive: false };
const open = (anew = false, other = {}) =>
  openRecords(
    { journal: join(dir, 'journal'), rejected: join(dir, 'rejected') },
    { ...identity, ...other },
    anew,
  );
const taken = (line: number): Outcome => ({ kind: 'taken', line, record: {}, status: 'closed' });
const rejected = (line: number): Outcome => ({
  kind: 'rejected',
  line,
  record: { line },
  rejection: { code: 'BAD', reason: 'because' },
});
const rejectedLines = async (): Promise<number[]> => {
  const text = await readFile(join(dir, 'rejected'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).line);
};

describe('the records of an import', () => {
  it('writes down the beginning of the file without gaps, in its order', async () => {
    const records = await open();
    records.settle(3, rejected(30));
    records.settle(1, rejected(10));
    records.settle(2, taken(20));
    records.settle(5, rejected(50));
    await records.close(false);
    expect(await rejectedLines()).toEqual([10, 30]);
    const entry = await readJournal(join(dir, 'journal'));
    expect(entry?.tally).toMatchObject({ rows: 3, taken: 1, rejected: 2, byCode: { BAD: 2 } });
    expect(entry?.finished).toBe(false);
  });

  it('goes on behind what is written down and writes no rejected record twice', async () => {
    const first = await open();
    first.settle(1, rejected(10));
    first.settle(2, taken(20));
    await first.close(false);
    // A kill between the rejected file and the journal leaves a line the journal knows nothing of.
    await writeFile(join(dir, 'rejected'), '{"line":99}\n', { flag: 'a' });
    const second = await open();
    expect(second.done).toBe(2);
    second.settle(3, rejected(30));
    await second.close(true);
    expect(await rejectedLines()).toEqual([10, 30]);
    expect((await open()).finished).toBe(true);
  });

  it('begins anew for another file, mapping or server, and when it is told to', async () => {
    const first = await open();
    first.settle(1, rejected(10));
    await first.close(true);
    const others = [{ source: 't' }, { mapping: 'n' }, { target: 'y' }, { drive: false }];
    for (const other of [...others, { goLive: true }]) {
      expect((await open(false, other)).done).toBe(0);
    }
    const again = await open(true);
    expect(again.done).toBe(0);
    await again.close(false);
    await expect(readFile(join(dir, 'rejected'))).rejects.toThrow(/ENOENT/);
  });
});
