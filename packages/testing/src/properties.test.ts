import { deepStrictEqual } from 'node:assert';
import {
  custodianAfter,
  decodeEvent,
  encodeEvent,
  handOvers,
  type Incident,
  type IncidentEvent,
  isHandOver,
  stageOf,
  statuses,
} from '@cityloop/contracts';
import { evolve, fold } from '@cityloop/incident';
import { CityLoopError, fromIso } from '@cityloop/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bear,
  command,
  emptyWorld,
  incidentIn,
  nudge,
  throwIfRefused,
  type World,
} from './loop.ts';
import { chainsForAll, testPolicy } from './pack.ts';
import { createRandom, type Random } from './random.ts';
import { randomCommand, randomReport, told } from './random-command.ts';
import { MONDAY_NINE } from './story.ts';

const policies = [testPolicy(), testPolicy({ approvals: chainsForAll })];
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

type Walk = { readonly world: World; readonly id: string; readonly random: Random };

/** Takes an incident through so many random commands by random people, with pauses between. */
function walk(seed: number, steps: number): Walk {
  const random = createRandom(seed);
  let world = emptyWorld(random.pick(policies), fromIso(MONDAY_NINE));
  const { subject, body } = randomReport(random);
  const born = bear(world, body, { subject });
  throwIfRefused(born);
  world = born.world;
  for (let n = 0; n < steps; n++) world = stepOf(random, world, born.id).world;
  return { world, id: born.id, random };
}

function stepOf(random: Random, world: World, id: string) {
  const minutes = random.pick([0, 0, 1, 10, 60, 600, 3_000]);
  const later = { ...world, nowMs: world.nowMs + minutes * 60_000 };
  const incident = incidentIn(later, id);
  const given = randomCommand(random, incident, { nowMs: later.nowMs, others: [] });
  const key = random.chance(0.3) ? `key-${random.int(5)}` : undefined;
  return command(later, id, told(random, given.command, incident), { subject: given.subject, key });
}

const walks = fc.record({ seed: fc.nat(), steps: fc.integer({ min: 0, max: 40 }) });
const options = { numRuns: 200 };

/** Checks what the walk leads to, for every walk there is time for. */
function always(check: (walk: Walk) => void): void {
  fc.assert(
    fc.property(walks, ({ seed, steps }) => check(walk(seed, steps))),
    options,
  );
}

describe('from any state that can be reached', () => {
  it('any command is refused with a code or leads to a state of the table', () => {
    const seen = new Set<string>();
    always(({ world, id, random }) => {
      const { refusal, world: after } = stepOf(random, world, id);
      if (refusal !== undefined && (refusal as { code?: string }).code !== 'NOT_IN_CUSTODY') {
        expect(refusal).toBeInstanceOf(CityLoopError);
        expect((refusal as CityLoopError).code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      }
      const { status } = incidentIn(after, id);
      expect(statuses).toContain(status);
      seen.add(status);
    });
    // Walks that never left the counter would prove nothing.
    expect(seen.size).toBeGreaterThan(4);
  });

  it('versions run without gaps and custody passes by the table alone', () => {
    always(({ world }) => {
      let holder: string = 'intake';
      for (const [n, event] of world.log.entries()) {
        expect(event.version).toBe(n + 1);
        expect(stageOf(event.type)).toBe(holder);
        expect(event.custodian).toBe(custodianAfter(event.type));
        if (event.custodian !== holder) expect(Object.keys(handOvers)).toContain(event.type);
        holder = event.custodian;
      }
    });
  });

  it('exactly one service holds the incident', () => {
    always(({ world, id }) => {
      const holders = Object.values(world.known).filter((k) => k.get(id)?.incident !== undefined);
      expect(holders).toHaveLength(1);
    });
  });

  it('the clock of an assisting unit runs as long as its part is open in handling', () => {
    let helping = 0;
    always(({ world, id }) => {
      const { clocks, custodian, assignment } = incidentIn(world, id);
      const open = (custodian === 'handling' && assignment?.assists) || [];
      const parts = open.filter((a) => a.finishedAt === undefined).map((a) => a.unitId);
      const running = Object.entries(clocks).flatMap(([name, clock]) =>
        name.startsWith('assist:') && clock.stoppedAt === undefined ? [name.slice(7)] : [],
      );
      expect(running.toSorted()).toEqual(parts.toSorted());
      helping += running.length;
    });
    expect(helping).toBeGreaterThan(0);
  });

  it('the dossier of each hand-over is the fold of all before it', () => {
    always(({ world }) => {
      let state: Incident | undefined;
      for (const event of world.log) {
        const { dossier, ...data } = event.data as { dossier?: Incident };
        const at = state?.imported === true ? event.occurredAt : event.recordedAt;
        // The same event without what would make the fold trivial.
        state = evolve(state, { ...event, data } as IncidentEvent, at);
        if (isHandOver(event.type)) deepStrictEqual(asJson(dossier), asJson(state));
      }
    });
  });

  it('the state folded again is the state in memory', () => {
    always(({ world, id }) => {
      const hot = incidentIn(world, id);
      const since = world.known[hot.custodian].get(id)?.since ?? 1;
      const folded = world.log
        .filter((event) => event.version >= since)
        .reduce<Incident | undefined>(fold, undefined);
      deepStrictEqual(asJson(folded), asJson(hot));
    });
  });

  it('every event is the same after the wire', () => {
    always(({ world }) => {
      for (const event of world.log) {
        expect(decodeEvent(encodeEvent(event))).toEqual({ kind: 'event', event });
      }
    });
  });
});

describe('settling', () => {
  const marks = ({ log }: World) =>
    log.flatMap((e) =>
      /warned|overdue|resumed|archived/.test(e.type) ? [[e.type, e.occurredAt]] : [],
    );

  it('twice at one time changes nothing', () => {
    always(({ world, id }) => {
      const once = nudge({ ...world, nowMs: world.nowMs + 86_400_000 }, id);
      expect(nudge(once.world, id).events).toEqual([]);
    });
  });

  it('often or once, the same things come due at the same instants', () => {
    always(({ world, id, random }) => {
      const endMs = world.nowMs + 60 * 86_400_000;
      const once = nudge({ ...world, nowMs: endMs }, id).world;
      let often = world;
      while (often.nowMs < endMs) {
        const nowMs = Math.min(endMs, often.nowMs + random.int(10 * 86_400_000));
        often = nudge({ ...often, nowMs }, id).world;
      }
      expect(marks(often)).toEqual(marks(once));
      expect(incidentIn(often, id).clocks).toEqual(incidentIn(once, id).clocks);
    });
  });

  it('marks each clock and epoch once, never before it is due', () => {
    always(({ world, id }) => {
      const { log } = nudge({ ...world, nowMs: world.nowMs + 400 * 86_400_000 }, id).world;
      const seen = new Set<string>();
      for (const event of log) {
        const [lamp] = /(?:warned|overdue)$/.exec(event.type) ?? [];
        if (lamp === undefined) continue;
        const { clock, clocks, ...marked } = event.data as {
          clock: 'handle';
          clocks: Incident['clocks'];
          dueAt: string;
          amberAt?: string;
        };
        const mark = `${lamp} ${clock} ${clocks[clock]?.epoch}`;
        expect(seen).not.toContain(mark);
        expect(seen).not.toContain(mark.replace('warned', 'overdue'));
        seen.add(mark);
        // An import's marks are set on the time it tells of.
        const at = incidentIn(world, id).imported === true ? event.occurredAt : event.recordedAt;
        expect(fromIso(at)).toBeGreaterThanOrEqual(fromIso(marked.amberAt ?? marked.dueAt));
      }
    });
  });
});
