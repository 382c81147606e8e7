import { hash } from 'node:crypto';
import { type IncidentEvent, stages } from '@cityloop/contracts';
import { checkStory } from './sim-check.ts';
import type { Planted } from './sim-plant.ts';
import { settled } from './sim-scheduler.ts';
import { SimStory, type Turn } from './sim-story.ts';

const DAY_MS = 86_400_000;
/** A story that has not come to rest by then never will. */
const STEPS_MOST = 30_000;
/** What goes on when nobody wants anything more and nothing fails any more. */
const restful: ReadonlySet<string> = new Set(['open', 'deliver', 'try', 'learn', 'timer']);

/** What one simulated story came to. */
export type Simulated = {
  readonly seed: number;
  /** Sentences about every invariant that does not hold; empty when all is well. */
  readonly violations: readonly string[];
  /** What happened, step by step; ids are told as numbers in order of appearance. */
  readonly trace: readonly string[];
  /** All that was recorded, incident by incident. */
  readonly histories: readonly (readonly IncidentEvent[])[];
  /** Equal for equal stories. */
  readonly fingerprint: string;
  readonly facts: Readonly<
    Record<'steps' | 'events' | 'incidents' | 'crashes' | 'done' | 'refused', number>
  >;
};

/**
 * Plays one story to its end: services on the real engine and rules, whose every step waits for its
 * turn, people who give random commands and repeat them until they are answered, crashes, lost answers,
 * deliveries late and double, clocks that are off. Then everything comes to rest, and what must hold is
 * checked. The same seed plays the same story. `planted` is a mistake the checks have to find.
 */
export async function simulate(seed: number, planted?: Planted): Promise<Simulated> {
  const story = new SimStory(seed, planted);
  let steps = 0;

  async function play(among: (turn: Turn) => boolean): Promise<void> {
    for (; steps < STEPS_MOST; steps++) {
      await settled();
      story.hear();
      const turn = choose(story, story.turns().filter(among));
      if (turn === undefined) return;
      turn[2]();
    }
  }

  await play(() => true);
  story.scheduler.calm = true;
  // Twice: as things stand, and after a long sleep in which everything has come due.
  for (const sleepMs of [0, 500 * DAY_MS]) {
    story.startMissing();
    story.world.nowMs += sleepMs;
    await play(([name]) => restful.has(name));
    for (const stage of stages) story.nudgeDue(stage, 10_000);
    await play(([name]) => restful.has(name));
  }
  const stuck = steps < STEPS_MOST ? [] : ['the story does not come to rest'];
  const violations = [...story.bugs, ...stuck, ...(await checkStory(story, play))];
  return told(seed, story, steps, violations);
}

function choose(story: SimStory, turns: readonly Turn[]): Turn | undefined {
  const total = turns.reduce((sum, [, weight]) => sum + weight, 0);
  let at = total === 0 ? 0 : story.scheduler.random.next() * total;
  return turns.find(([, weight]) => {
    at -= weight;
    return weight > 0 && at < 0;
  });
}

function told(seed: number, story: SimStory, steps: number, violations: string[]): Simulated {
  const { history } = story.world;
  const events = [...history.values()].flat();
  const lines = events.map((e) => `${e.incidentId} v${e.version} ${e.type} ${e.recordedAt}`);
  const trace = numbered([...story.scheduler.trace, ...lines]);
  return {
    seed,
    violations: numbered(violations),
    trace,
    histories: [...history.values()],
    fingerprint: hash('sha256', trace.join('\n'), 'base64url').slice(0, 16),
    facts: {
      steps,
      events: events.length,
      incidents: history.size,
      crashes: story.crashes,
      done: story.errands.filter((e) => e.answers.length > 0).length,
      refused: story.errands.filter((e) => e.answers.length === 0).length,
    },
  };
}

/** Ids are drawn by real chance: what is told of them is only which is which. */
function numbered(lines: readonly string[]): string[] {
  const numbers = new Map<string, number>();
  const id = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
  return lines.map((line) =>
    line.replace(id, (found) => {
      const number = numbers.get(found) ?? numbers.size + 1;
      numbers.set(found, number);
      return `#${number}`;
    }),
  );
}
