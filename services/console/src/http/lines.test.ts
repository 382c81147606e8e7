import { describe, expect, it } from 'vitest';
import { answersInOrder, linesOf } from './lines.ts';

async function* chunks(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of from) items.push(item);
  return items;
}

describe('linesOf', () => {
  it('joins what came in pieces, the last line with or without its break', async () => {
    const [first = '', second = ''] = ['{"a":"杨', '浦"}'];
    expect(await all(linesOf(chunks(first, second, '\n{}\n\n[', ']'), 100))).toEqual([
      '{"a":"杨浦"}',
      '{}',
      '',
      '[]',
    ]);
  });

  it('keeps characters whole that are cut between two pieces', async () => {
    const bytes = Buffer.from('杨浦\n');
    async function* cut() {
      yield bytes.subarray(0, 1);
      yield bytes.subarray(1);
    }
    expect(await all(linesOf(cut(), 100))).toEqual(['杨浦']);
  });

  it('skips a line that is too long, and reads on behind it', async () => {
    const read = linesOf(chunks('12345', '6789', '0\nok\n', '123456'), 5);
    expect(await all(read)).toEqual([undefined, 'ok', undefined]);
  });

  it('takes a line of just the most bytes', async () => {
    expect(await all(linesOf(chunks('123', '45\n'), 5))).toEqual(['12345']);
  });
});

describe('answersInOrder', () => {
  it('answers a line while the next is still to come', async () => {
    const more = Promise.withResolvers<void>();
    async function* slow() {
      yield Buffer.from('a\n');
      await more.promise;
      yield Buffer.from('b\n');
    }
    const answers = answersInOrder(linesOf(slow(), 9), async (line) => `${line}!`, 512);
    expect(await answers.next()).toEqual({ done: false, value: 'a!\n' });
    more.resolve();
    expect(await all(answers)).toEqual(['b!\n']);
  });

  it('keeps the order of the lines whichever is done first', async () => {
    const first = Promise.withResolvers<string>();
    const run = (line: string | undefined) => {
      if (line === 'a') return first.promise;
      if (line === 'c') first.resolve('a');
      return Promise.resolve(line ?? '');
    };
    const answers = await all(answersInOrder(linesOf(chunks('a\nb\n\nc\n'), 9), run, 512));
    expect(answers.join('')).toBe('a\nb\nc\n');
  });

  it('has no more lines under way than the window', async () => {
    let now = 0;
    let most = 0;
    const run = async (line: string | undefined) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return line ?? '';
    };
    const given = Array.from({ length: 20 }, (_, n) => `${n}\n`).join('');
    const answers = await all(answersInOrder(linesOf(chunks(given), 9), run, 3));
    expect(answers.join('')).toBe(given);
    expect(most).toBe(3);
  });

  it('fails when the body fails', async () => {
    async function* broken() {
      yield Buffer.from('a\n');
      throw new Error('the line is cut');
    }
    const answers = answersInOrder(linesOf(broken(), 9), async () => 'x', 512);
    await expect(all(answers)).rejects.toThrow('the line is cut');
  });
});
