import { createRandom, type Random } from '@cityloop/testing/random';
import { Case, GivenUp } from './case.ts';
import type { Client } from './client.ts';
import { ways } from './ways.ts';

/** People at work until they are told to go home. */
export type AtWork = {
  /** No new incidents; resolves when those begun are at their end. */
  goHome(): Promise<void>;
  /** Incidents that reached the archive, by id. */
  readonly archived: readonly string[];
  /** Why an incident could not be brought to its end. */
  readonly stuck: readonly string[];
  /** Incidents that were left when a request about them was given up. */
  readonly givenUp: readonly string[];
};

/** Starts so many chains of people, each working on one incident after the other, on ways the seed draws. */
export function startWork(client: Client, options: { seed: number; people: number }): AtWork {
  const archived: string[] = [];
  const stuck: string[] = [];
  const givenUp: string[] = [];
  let over = false;

  async function chain(n: number): Promise<void> {
    const random = createRandom(options.seed * 1_000 + n);
    while (!over) {
      const name = drawn(random);
      const one = new Case(client);
      try {
        await ways[name]?.way(one, random);
        archived.push(one.id);
      } catch (error) {
        const list = error instanceof GivenUp ? givenUp : stuck;
        list.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  const chains = Array.from({ length: options.people }, (_, n) => chain(n));

  return {
    archived,
    stuck,
    givenUp,
    async goHome() {
      over = true;
      await Promise.all(chains);
    },
  };
}

const drawn = (random: Random): string =>
  random.pick(
    Object.entries(ways).flatMap(([name, { weight }]) =>
      Array.from({ length: weight }, () => name),
    ),
  );
