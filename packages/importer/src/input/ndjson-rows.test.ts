import { describe, expect, it } from 'vitest';
import { collect } from '../../test/collect.ts';
import { ndjsonRows } from './ndjson-rows.ts';
import { RECORD_MAX } from './row.ts';

async function* chunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

const read = (text: string, size = 5) => collect(ndjsonRows(chunks(text, size)));

describe('reading NDJSON', () => {
  it('takes members of nested objects as dotted columns and lists as their JSON', async () => {
    const [row] = await read('\ufeff{"a":1,"b":{"c":"x","d":null},"e":[1,2],"f":true}\r\n');
    expect(row).toEqual({
      line: 1,
      columns: { a: '1', 'b.c': 'x', 'b.d': '', e: '[1,2]', f: 'true' },
    });
  });

  it('passes over empty lines and counts them', async () => {
    const rows = await read('{"a":1}\n\n{"a":2}');
    expect(rows.map((row) => row.line)).toEqual([1, 3]);
  });

  it('sets what is no object aside with its line', async () => {
    const rows = await read('{"a":1}\n[1]\nnonsense\n{"a":2}\n');
    expect(rows.map((row) => ('code' in row ? row.code : 'row'))).toEqual([
      'row',
      'LINE_NOT_OBJECT',
      'LINE_NOT_JSON',
      'row',
    ]);
  });

  it('passes over a line without end in constant memory', async () => {
    const long = `{"a":"${'x'.repeat(2 * RECORD_MAX)}"}`;
    const rows = await read(`${long}\n{"a":2}\n`, 65_536);
    expect(rows.map((row) => ('code' in row ? row.code : row.line))).toEqual(['LINE_TOO_LONG', 2]);
  });
});
