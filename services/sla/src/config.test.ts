import { readFileSync } from 'node:fs';
import { settingsTable } from '@cityloop/runtime';
import { describe, expect, it } from 'vitest';
import { Config } from './config.ts';

/** A table without its padding, which is the formatter's business. */
const words = (text: string): string => text.replaceAll(/[ -]+/g, ' ');

describe('the settings', () => {
  it('stand in the README as the code has them', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(words(readme)).toContain(words(settingsTable(Config).trim()));
  });
});
