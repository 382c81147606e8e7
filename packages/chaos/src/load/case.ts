import { setTimeout as after } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Outcome } from './history.ts';

/** A way that cannot be gone on: a request was refused that should not have been, or taken. */
class Stuck extends Error {
  constructor(incident: string, verb: string, outcome: Outcome) {
    const how = outcome.kind === 'refused' ? `${outcome.http} ${outcome.code}` : outcome.kind;
    super(`${incident || 'a report'}: ${verb} ended with ${how}`);
  }
}

/** A request was not answered while its client was patient. */
export class GivenUp extends Error {}

const POLL_MS = 400;
/** For a deadline, or another service's answer, that comes by itself; through faults. */
const PATIENCE_MS = 120_000;

function answered(outcome: Outcome): Exclude<Outcome, { kind: 'unknown' }> {
  if (outcome.kind === 'unknown') throw new GivenUp(outcome.why);
  return outcome;
}

/** One incident, and the people who one after the other do something to it. */
export class Case {
  readonly #client: Client;
  id = '';

  constructor(client: Client) {
    this.#client = client;
  }

  /** Another one of the same people. */
  sibling(): Case {
    return new Case(this.#client);
  }

  async report(who: string, body: object): Promise<this> {
    const outcome = answered(await this.#client.report(who, body));
    if (outcome.kind !== 'ok') throw new Stuck('', 'report', outcome);
    this.id = outcome.incident;
    return this;
  }

  /** A command that has to be taken. */
  async give(who: string, verb: string, body: object = {}): Promise<void> {
    const outcome = answered(await this.#client.give(who, this.id, verb, body));
    if (outcome.kind !== 'ok') throw new Stuck(this.id, verb, outcome);
  }

  /** A command that may be taken or refused, as things stand by then. */
  async may(who: string, verb: string, body: object = {}): Promise<boolean> {
    const outcome = answered(await this.#client.give(who, this.id, verb, body));
    return outcome.kind === 'ok';
  }

  /** A command that has to be refused. */
  async mustNot(who: string, verb: string, body: object = {}): Promise<void> {
    const outcome = answered(await this.#client.give(who, this.id, verb, body));
    if (outcome.kind !== 'refused') throw new Stuck(this.id, `wrong ${verb}`, outcome);
  }

  /** Waits for what happens by itself. */
  async until(who: string, holds: (status: string) => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    let seen: string | undefined;
    while (performance.now() < deadline) {
      seen = (await this.#client.look(who, this.id))?.status ?? seen;
      if (seen !== undefined && holds(seen)) return;
      await after(POLL_MS);
    }
    throw new Error(`${this.id}: ${what} did not come within ${PATIENCE_MS / 1_000} s (${seen})`);
  }
}
