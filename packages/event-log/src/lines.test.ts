import { describe, expect, it } from 'vitest';
import { encodeLines, joinLines } from './lines.ts';

describe('texts as lines', () => {
  it('are the same bytes whether they were encoded before or not', () => {
    const texts = ['路口', '', 'a "b"', 'é'];
    const { whole, each } = encodeLines(texts);
    expect(whole.toString()).toBe(texts.join('\n'));
    expect(joinLines(texts.map((text) => Buffer.from(text)))).toEqual(whole);
    expect(each.map(String)).toEqual(texts);
  });

  it('are nothing when there are none', () => {
    expect(joinLines([])).toHaveLength(0);
  });
});
