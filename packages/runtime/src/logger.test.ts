import { RuleViolation } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel, maskNumbers } from './index.ts';

function recorder(level: LogLevel = 'info') {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, logger: createLogger({ name: 'intake', level, destination }) };
}

describe('the logger', () => {
  it('writes one JSON line an event, under the name of its service', () => {
    const { lines, logger } = recorder();
    logger.info({ incident: 'i-1' }, 'filed');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      service: 'intake',
      incident: 'i-1',
      msg: 'filed',
    });
  });

  it('keeps to its level', () => {
    const { lines, logger } = recorder('warn');
    logger.info('quiet');
    expect(lines).toEqual([]);
  });

  it('hides names, phones, tokens and cookies wherever they are nested', () => {
    const { lines, logger } = recorder();
    const secrets = { name: 'canary-1', phone: 'canary-2', authorization: 'canary-3' };
    logger.info(
      { name: 'canary-0', phone: 'canary-4', a: secrets, b: { c: secrets, d: { e: secrets } } },
      'x',
    );
    logger.info({ headers: { cookie: 'canary-5', 'set-cookie': ['canary-6'] } }, 'x');
    logger.child({ reporter: { nested: 'canary-7' } }).info('x');
    expect(lines.join('')).not.toContain('canary');
  });

  it('masks phone and identity numbers in messages, fields and stack traces', () => {
    const { lines, logger } = recorder();
    logger.info({ text: '请回电13812345678。' }, 'call 13912345678');
    logger.error({ err: new Error('310110198001011234 called') }, 'failed');
    const all = lines.join('');
    expect(all).not.toMatch(/13812345678|13912345678|310110198001011234/);
    expect(all).toContain('138****5678');
  });

  it('leaves ids, times and incident numbers alone', () => {
    const kept =
      '019a1380-1234-7567-8abc-13812345678a 1795255595694 310110202601310001 310110-20260131-000123';
    expect(maskNumbers(kept)).toBe(kept);
  });

  it('tells what an error is, with its code and its cause', () => {
    const { lines, logger } = recorder();
    const err = new RuleViolation('A_B', 'no', { phone: 'canary' }, { cause: new Error('why') });
    logger.error({ err }, 'failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: { type: 'RuleViolation', code: 'A_B', message: 'no: why' },
    });
    expect(lines[0]).not.toContain('canary');
  });
});
