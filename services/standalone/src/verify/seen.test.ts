import { expect, it } from 'vitest';
import { Seen } from './seen.ts';

it('knows every text it was given, and hardly any other, however many they are', () => {
  const seen = new Seen();
  const texts = Array.from({ length: 50_000 }, (_, n) => `310110-20261121-${n}`);
  expect(texts.filter((text) => seen.add(text))).toEqual([]);
  expect(texts.filter((text) => !seen.add(text))).toEqual([]);
  expect(seen.add('')).toBe(false);
  expect(seen.add('')).toBe(true);
});
