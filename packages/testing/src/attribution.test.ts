import type { Attribution, Incident, IncidentEvent } from '@cityloop/contracts';
import { attribute, fold, rounds } from '@cityloop/incident';
import { fromIso } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = Array.from({ length: 40 }, (_, n) => n + 1);

const histories = (await Promise.all(SEEDS.map((seed) => simulate(seed)))).flatMap(
  (told) => told.histories,
);

const waiting = new Set(['suspension', 'third-party', 'weather']);

type Spell = { readonly fromMs: number; readonly toMs: number; readonly after: Incident };

/** What stood between each two events of a history; the times of an import are those it tells of. */
function spells(events: readonly IncidentEvent[], nowMs: number): Spell[] {
  const states: { atMs: number; after: Incident }[] = [];
  let state: Incident | undefined;
  let lastMs = 0;
  for (const event of events) {
    const at = state?.imported === true ? event.occurredAt : event.recordedAt;
    state = fold(state, event);
    lastMs = Math.max(lastMs, fromIso(states.length === 0 ? state.reportedAt : at));
    states.push({ atMs: lastMs, after: state });
  }
  return states.map(({ atMs, after }, n) => ({
    fromMs: atMs,
    toMs: states[n + 1]?.atMs ?? nowMs,
    after,
  }));
}

function all(parts: Attribution['parts'], of: 'ms' | 'lateMs'): number {
  return parts.reduce((sum, part) => sum + part[of], 0);
}

/** The unit’s share in a round, counted millisecond range by millisecond range from the spells. */
function unitMs(told: readonly Spell[], round: Attribution, last: Incident): number {
  const [startMs, endMs] = [fromIso(round.from), fromIso(round.to)];
  const waits = last.pauses.filter((pause) => waiting.has(pause.kind));
  let ms = 0;
  for (const { fromMs, toMs, after } of told) {
    if (after.custodian !== 'handling') continue;
    const edges = [
      fromMs,
      toMs,
      startMs,
      endMs,
      ...waits.flatMap((w) => [w.from, w.endedAt ?? w.until ?? round.to].map(fromIso)),
    ]
      .filter((edge) => edge >= Math.max(fromMs, startMs) && edge <= Math.min(toMs, endMs))
      .sort((a, b) => a - b);
    for (const [n, edge] of edges.entries()) {
      const next = edges[n + 1] ?? edge;
      const middle = (edge + next) / 2;
      const waited = waits.some(
        (w) => fromIso(w.from) <= middle && middle < fromIso(w.endedAt ?? w.until ?? round.to),
      );
      if (!waited) ms += next - edge;
    }
  }
  return ms;
}

describe('the time of every simulated incident', () => {
  it('is split without remainder, the whole and what was late of it', () => {
    const looked = histories.flatMap((events) => {
      const lastMs = fromIso(events.at(-1)?.recordedAt ?? '');
      const looks = [lastMs, lastMs + 1, lastMs + 40 * 86_400_000 + 7];
      return looks.flatMap((nowMs) => rounds(events, nowMs));
    });
    for (const { parts, wholeMs, lateMs } of looked) {
      expect(all(parts, 'ms')).toBe(wholeMs);
      expect(all(parts, 'lateMs')).toBe(lateMs);
    }
    for (const { by, ms, lateMs } of looked.flatMap(({ parts }) => parts)) {
      expect(by.reduce((sum, one) => sum + one.ms, 0)).toBe(ms);
      expect(by.reduce((sum, one) => sum + one.lateMs, 0)).toBe(lateMs);
    }
    expect(looked.filter(({ lateMs }) => lateMs > 0).length).toBeGreaterThan(10);
  });

  it('is the unit’s as long as the unit had it, whichever way it is counted', () => {
    let units = 0;
    for (const events of histories) {
      const nowMs = fromIso(events.at(-1)?.recordedAt ?? '') + 1_000_003;
      const told = spells(events, nowMs);
      const last = told.at(-1)?.after;
      if (last === undefined) continue;
      for (const round of rounds(events, nowMs)) {
        const unit = round.parts.find(({ holder }) => holder === 'unit')?.ms ?? 0;
        expect(unit).toBe(unitMs(told, round, last));
        if (unit > 0) units++;
      }
    }
    expect(units).toBeGreaterThan(10);
  });

  it('is the same by the turns the dossier carries and by the whole history, at every point of it', () => {
    for (const events of histories) {
      let state: Incident | undefined;
      for (const [n, event] of events.entries()) {
        state = fold(state, event);
        const nowMs = fromIso(event.recordedAt) + 61_001;
        expect(attribute(state, nowMs)).toEqual(rounds(events.slice(0, n + 1), nowMs).at(-1));
      }
    }
  });
});
