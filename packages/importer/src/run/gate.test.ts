import { describe, expect, it } from 'vitest';
import { createGate } from './gate.ts';

describe('the gate', () => {
  it('lets so many in at once and the next one when one leaves', async () => {
    const gate = createGate({ window: 2, rate: undefined, nowMs: () => 0 });
    expect(await gate.enter()).toBe(true);
    expect(await gate.enter()).toBe(true);
    let third = false;
    const entering = gate.enter().then((entered) => {
      third = entered;
    });
    await Promise.resolve();
    expect(third).toBe(false);
    gate.leave();
    await entering;
    expect(third).toBe(true);
  });

  it('says when nobody is inside any more', async () => {
    const gate = createGate({ window: 2, rate: undefined, nowMs: () => 0 });
    await gate.enter();
    const empty = gate.empty();
    gate.leave();
    expect(await empty).toBe(true);
  });

  it('turns everybody away once it is closed', async () => {
    const gate = createGate({ window: 1, rate: undefined, nowMs: () => 0 });
    await gate.enter();
    const waiting = gate.enter();
    gate.close();
    expect(await waiting).toBe(false);
    expect(await gate.empty()).toBe(false);
  });

  it('keeps to the rate over many records', async () => {
    const gate = createGate({ window: 1_000, rate: 1_000, nowMs: () => performance.now() });
    const startedMs = performance.now();
    for (let n = 0; n < 100; n += 1) await gate.enter();
    const elapsedMs = performance.now() - startedMs;
    expect(elapsedMs).toBeGreaterThan(70);
  });
});
