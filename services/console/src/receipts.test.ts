import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { createLogger } from '@cityloop/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepReceipts } from './receipts.ts';

const NOW = Date.parse('2026-11-21T08:00:00Z');
const [ID, OTHER] = [
  '01a2002b-7bd8-703d-bd80-bb4fbd7fed7b',
  '01a2002b-7bd8-703d-bd80-bb4fbd7fed7c',
];

describe('receipts', () => {
  let temp: string;
  let folder: string;
  const said: string[] = [];
  const logger = createLogger({
    name: 'test',
    level: 'warn',
    destination: { write: (line: string) => void said.push(line) },
  });
  beforeEach(async () => {
    temp = await mkdtemp(join(tmpdir(), 'cityloop-receipts-'));
    folder = join(temp, 'receipts');
    said.length = 0;
  });
  afterEach(() => rm(temp, { recursive: true }));

  const words = async (): Promise<unknown[]> => {
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  };

  it('stand in the file of the day, in order, also what was noted right before the end', async () => {
    const receipts = await keepReceipts(folder, { logger, now: () => NOW });
    receipts.note(ID, 1);
    receipts.note(ID, 2);
    await expect.poll(words).toHaveLength(2);
    receipts.note(OTHER, 1);
    await receipts[Symbol.asyncDispose]();
    expect(await words()).toEqual([
      [ID, 1, NOW],
      [ID, 2, NOW],
      [OTHER, 1, NOW],
    ]);
    const [name] = await readdir(folder);
    expect(name).toMatch(/^2026-11-21\..+\.ndjson$/);
  });

  it('are deleted after 35 days, and nothing else is', async () => {
    await mkdir(folder);
    for (const name of ['2026-10-16.a-1.ndjson', '2026-10-17.a-1.ndjson', 'notes.txt']) {
      await writeFile(join(folder, name), '');
    }
    await using receipts = await keepReceipts(folder, { logger, now: () => NOW });
    await expect.poll(() => readdir(folder)).toEqual(['2026-10-17.a-1.ndjson', 'notes.txt']);
    receipts.note(ID, 1);
  });

  it('that cannot be written hold nobody up, and that is said once', async () => {
    await using receipts = await keepReceipts(folder, { logger, now: () => NOW });
    await rm(folder, { recursive: true });
    receipts.note(ID, 1);
    await expect.poll(() => said.length).toBe(1);
    receipts.note(ID, 2);
    await after(120);
    await mkdir(folder);
    receipts.note(ID, 3);
    await expect.poll(words).toEqual([[ID, 3, NOW]]);
    expect(said).toHaveLength(1);
  });
});
