import { expect, it } from 'vitest';
import { timersState, turning } from './readiness.ts';

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

it('says that alarms come later while one stage is without its index', () => {
  const stage = (state: 'ok' | 'degraded') => ({
    timers: { state: () => state, countdown: async () => [] },
  });
  expect(timersState([stage('ok'), stage('ok')])).toBeUndefined();
  expect(timersState([stage('ok'), stage('degraded')])).toBe('degraded');
});
