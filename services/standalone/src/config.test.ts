import { readFileSync } from 'node:fs';
import { settingsTable } from '@cityloop/runtime';
import { describe, expect, it } from 'vitest';
import { Config } from './config.ts';

describe('the settings', () => {
  it('stand in the README as the code has them', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(settingsTable(Config).trim());
  });
});
