import { describe, expect, it } from 'vitest';
import { collect } from '../../test/collect.ts';
import { csvRows } from './csv-rows.ts';
import { type BrokenRow, isBroken, RECORD_MAX, type SourceRow } from './row.ts';

async function* chunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function read(text: string, size = 7, delimiter = ','): Promise<(SourceRow | BrokenRow)[]> {
  return collect(csvRows(chunks(text, size), delimiter));
}

const good = (rows: readonly (SourceRow | BrokenRow)[]): object[] =>
  rows.filter((row) => !isBroken(row)).map((row) => ({ ...(row as SourceRow).columns }));

describe('reading CSV', () => {
  it('takes a byte order mark, CRLF, quotes, empty lines and no line end at the end', async () => {
    const rows = await read('\ufeffid,text\r\n1,"a, ""b"""\r\n\r\n2,two lines\r\n3,last');
    expect(good(rows)).toEqual([
      { id: '1', text: 'a, "b"' },
      { id: '2', text: 'two lines' },
      { id: '3', text: 'last' },
    ]);
    expect(rows.map((row) => row.line)).toEqual([2, 4, 5]);
  });

  it('names the line a record of several lines begins on', async () => {
    const rows = await read('id,text\n1,"one\ntwo\nthree"\n2,x\n');
    expect(rows.map((row) => row.line)).toEqual([2, 5]);
    expect(good(rows)[0]).toEqual({ id: '1', text: 'one\ntwo\nthree' });
  });

  it('sets a record with too few or too many fields aside and goes on', async () => {
    const rows = await read('a,b\n1\n1,2,3\n4,5\n');
    expect(good(rows)).toEqual([{ a: '4', b: '5' }]);
    expect(rows.filter(isBroken).map(({ line, code, text }) => ({ line, code, text }))).toEqual([
      { line: 2, code: 'CSV_FIELDS', text: '1' },
      { line: 3, code: 'CSV_FIELDS', text: '1,2,3' },
    ]);
  });

  it('takes quotes where none belong as they stand', async () => {
    const rows = await read('a,b\n1,6" pipe\n2,"z"q\n4,5\n');
    expect(good(rows)).toEqual([
      { a: '1', b: '6" pipe' },
      { a: '2', b: '"z"q' },
      { a: '4', b: '5' },
    ]);
  });

  it('sets the end of a file that is cut off inside quotes aside', async () => {
    const rows = await read('a,b\n1,2\n3,"cut\noff');
    expect(rows.at(-1)).toMatchObject({
      line: 3,
      code: 'CSV_QUOTE_NOT_CLOSED',
      text: '3,"cut\noff',
    });
  });

  it('stops at a quote that never closes instead of losing what follows', async () => {
    const endless = `a,b\n0,0\n1,"${'x\n'.repeat(RECORD_MAX)}2,y\n`;
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const row of csvRows(chunks(endless, 65_536), ',')) seen.push(row);
    })();
    await expect(reading).rejects.toThrow(/never closed/);
    expect(seen).toHaveLength(1);
  });

  it('takes a name of the language itself as a column', async () => {
    const [row] = await read('__proto__,constructor\n1,2\n');
    expect(row !== undefined && !isBroken(row) && Object.values(row.columns)).toEqual(['1', '2']);
  });

  it('takes another delimiter', async () => {
    expect(good(await read('a;b\n1;2,5\n', 3, ';'))).toEqual([{ a: '1', b: '2,5' }]);
  });

  it('refuses a header that names a column twice', async () => {
    await expect(read('a,a\n1,2\n')).rejects.toThrow(/names “a” twice/);
  });

  it('gives the same records however the text is cut', async () => {
    const text = 'id,text\r\n1,"a\r\nb"\r\n2,"c"",d"\r\n';
    const whole = await read(text, text.length);
    for (let size = 1; size < text.length; size += 1) expect(await read(text, size)).toEqual(whole);
  });
});
