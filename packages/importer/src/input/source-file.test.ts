import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../../test/collect.ts';
import { openSource } from './source-file.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'importer-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const plain = { encoding: 'utf-8', delimiter: ',' };

async function rowsOf(content: string | Buffer, format = plain): Promise<unknown[]> {
  const path = join(dir, 'source');
  await writeFile(path, content);
  const source = await openSource(path, format);
  const rows = await collect(source.rows());
  expect(source.readBytes()).toBe(source.size);
  return rows.map((row) => ('columns' in row ? { ...row.columns } : row));
}

describe('opening a source', () => {
  it('tells CSV, NDJSON and gzip by the content', async () => {
    expect(await rowsOf('a\n1\n')).toEqual([{ a: '1' }]);
    expect(await rowsOf(gzipSync('a\n1\n'))).toEqual([{ a: '1' }]);
    expect(await rowsOf('\n {"a":1}\n')).toEqual([{ a: '1' }]);
    expect(await rowsOf(gzipSync('{"a":1}\n'))).toEqual([{ a: '1' }]);
  });

  it('reads the encoding it is told', async () => {
    const gb18030 = Buffer.from([0x61, 0x0a, 0xd1, 0xee, 0xc6, 0xd6, 0x0a]);
    expect(await rowsOf(gb18030, { ...plain, encoding: 'gb18030' })).toEqual([{ a: '杨浦' }]);
  });

  it('reads an empty file as no records', async () => {
    expect(await rowsOf('')).toEqual([]);
  });

  it('says so when a gzip file is cut off', async () => {
    const whole = gzipSync(`a\n${Array.from({ length: 9_999 }, (_, n) => n).join('\n')}`);
    await expect(rowsOf(whole.subarray(0, whole.length / 2))).rejects.toThrow(/damaged or cut off/);
  });

  it('knows another content by its fingerprint', async () => {
    const path = join(dir, 'other');
    await writeFile(path, 'a\n1\n');
    const before = (await openSource(path, plain)).fingerprint;
    await writeFile(path, 'a\n2\n');
    expect((await openSource(path, plain)).fingerprint).not.toBe(before);
  });
});
