import { InvalidInput } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig, settingsTable } from './index.ts';

const Config = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(8_080).meta({ description: 'Port.' }),
    DATABASE_URL: z.url().meta({ description: 'Where a|b is.' }),
    SESSION_KEY: z
      .string()
      .min(32)
      .default('hunter2-hunter2-hunter2-hunter2-')
      .meta({ description: 'Signs.', secret: true }),
    LOG_LEVEL: z.enum(['info', 'debug']).default('info'),
    BROKERS: z
      .string()
      .transform((list) => list.split(','))
      .optional()
      .meta({ description: 'host:port, …' }),
  })
  .readonly();

function mistakes(env: Record<string, string>): string {
  try {
    loadConfig(Config, env);
  } catch (error) {
    if (error instanceof InvalidInput && error.code === 'CONFIG_INVALID') return error.message;
  }
  return '';
}

describe('settings', () => {
  it('are parsed, with defaults, and other variables are none of ours', () => {
    const env = { DATABASE_URL: 'postgres://x/y', BROKERS: 'a:1,b:2', PATH: '/bin', PORT: '0' };
    expect(loadConfig(Config, env)).toMatchObject({
      PORT: 0,
      DATABASE_URL: 'postgres://x/y',
      BROKERS: ['a:1', 'b:2'],
      LOG_LEVEL: 'info',
    });
  });

  it('count as not given when they are empty', () => {
    expect(loadConfig(Config, { DATABASE_URL: 'postgres://x/y', PORT: '' }).PORT).toBe(8_080);
    expect(mistakes({ DATABASE_URL: '' })).toContain('DATABASE_URL is missing');
  });

  it('are refused with every mistake at once, one a line', () => {
    const lines = mistakes({ PORT: 'eighty', LOG_LEVEL: 'loud' }).split('\n');
    expect(lines).toEqual([
      'the settings are not usable:',
      expect.stringContaining('PORT is not valid: expected number'),
      expect.stringContaining('DATABASE_URL is missing'),
      expect.stringContaining('LOG_LEVEL is not valid: expected one of "info"|"debug"'),
    ]);
  });

  it('are never printed', () => {
    const message = mistakes({ DATABASE_URL: 'hunter2', SESSION_KEY: 'hunter2', PORT: 'hunter2' });
    expect(message).toContain('SESSION_KEY is not valid');
    expect(message).not.toContain('hunter2');
  });
});

describe('the table of settings', () => {
  it('shows what is required, defaults, choices and meaning, and no secret', () => {
    expect(settingsTable(Config).split('\n')).toEqual([
      '| setting | default | meaning |',
      '|---|---|---|',
      '| `PORT` | `8080` | Port. |',
      '| `DATABASE_URL` | **required** | Where a\\|b is. |',
      '| `SESSION_KEY` | (secret) | Signs. |',
      '| `LOG_LEVEL` | `info` | One of `info` `debug`. |',
      '| `BROKERS` | – | host:port, … |',
      '',
    ]);
  });
});
