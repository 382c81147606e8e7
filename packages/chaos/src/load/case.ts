import { setTimeout as after } from 'node:timers/promises';
import type { Client, Seen } from './client.ts';
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

  /** A report that may be refused, as things stand by then. */
  async mayReport(who: string, body: object): Promise<boolean> {
    const outcome = answered(await this.#client.report(who, body));
    if (outcome.kind === 'ok') this.id = outcome.incident;
    return outcome.kind === 'ok';
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

  /** A command that will be taken once what happens by itself has happened. */
  async insist(who: string, verb: string, body: object = {}): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.may(who, verb, body))) {
      if (performance.now() > deadline) throw late(this.id, `its turn for ${verb}`);
      await after(POLL_MS);
    }
  }

  /** A photo like no other, to be shown with a command. */
  async photo(who: string): Promise<string> {
    const id = await this.#client.photo(who);
    if (id === undefined) throw new GivenUp('a photo');
    return id;
  }

  /** Waits for what happens by itself. */
  async until(who: string, holds: (status: string) => boolean, what: string): Promise<void> {
    await this.sees(who, ({ status }) => (holds(status) ? status : undefined), what);
  }

  /** Waits until something is to be seen, and answers it. */
  async sees<T>(who: string, find: (incident: Seen) => T | undefined, what: string): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    let status: string | undefined;
    while (performance.now() < deadline) {
      const seen = await this.#client.look(who, this.id);
      const found = seen === undefined ? undefined : find(seen);
      if (found !== undefined) return found;
      status = seen?.status ?? status;
      await after(POLL_MS);
    }
    throw late(this.id, what, status);
  }
}

const late = (id: string, what: string, status = 'not seen'): Error =>
  new Error(`${id}: ${what} did not come within ${PATIENCE_MS / 1_000} s (${status})`);
