import { expect, it } from 'vitest';
import { turning } from './readiness.ts';

const silent = (ms: number) => ({ silentMs: () => ms });

it('is given while every reader gets on', () => {
  expect(turning('readers', { intake: silent(0), ledger: silent(29_000) }).check()).toBeUndefined();
});

it('is refused, with its name, when one of them has not', () => {
  const { check } = turning('alarms', { intake: silent(10), dispatch: silent(31_000) });
  expect(check).toThrow(
    expect.objectContaining({ code: 'ALARMS_SILENT', details: { silent: ['dispatch'] } }),
  );
});
