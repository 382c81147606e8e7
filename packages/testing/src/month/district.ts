import {
  decodeEvent,
  type HandOverEvent,
  type Incident,
  type IncidentCommand,
  type IncidentEvent,
  isHandOver,
  type Stage,
  stages,
  systemSubject,
} from '@cityloop/contracts';
import { createMemoryEventLog, type MemoryEventLog } from '@cityloop/event-log';
import { compilePolicy, type Policy } from '@cityloop/incident';
import { CityLoopError } from '@cityloop/kernel';
import {
  type Answer,
  type Birth,
  type Command,
  createEngine,
  createMemoryStore,
  type Engine,
  type MemoryStore,
  type Timing,
} from '@cityloop/stage';
import { rulesOf } from '../loop.ts';
import { conclusion } from '../story.ts';
import { Agenda } from './agenda.ts';
import { MONTH, modeTurnsMs, type Published } from './year.ts';

const ROUND_MS = 2_000;

/**
 * One district on a virtual clock: the real engines and rules of all five stages, each on its own store
 * in memory, hand-overs decoded from the wire, alarms rung by the rows' due instants. Time jumps to
 * whatever is next; while the outage lasts nothing happens, and all that waited happens behind it.
 */
export class District {
  nowMs: number = MONTH.fromMs;
  /** Every event as it went over the wire, by incident. */
  readonly bodies = new Map<string, string[]>();
  readonly states = new Map<string, Incident>();
  readonly refusals = new Map<string, number>();
  /** What no rule should ever throw. */
  readonly bugs: string[] = [];
  readonly #agenda = new Agenda();
  readonly #history = new Map<string, IncidentEvent[]>();
  readonly #stores: Readonly<Record<Stage, MemoryStore>>;
  readonly #engines: Readonly<Record<Stage, Engine>>;
  readonly #touched = new Set<string>();
  #policy: Policy;
  #underWay = 0;
  #idle: (() => void) | undefined;
  #asksSeen = { intake: 0, archive: 0 };

  constructor(published: readonly Published[]) {
    const [first, ...later] = published.map((one) => ({ ...one, policy: compiled(one) }));
    if (first === undefined) throw new RangeError('a district needs a policy');
    this.#policy = first.policy;
    for (const { fromMs, policy } of later) this.at(fromMs, () => this.#publish(policy));
    for (const ms of modeTurnsMs) this.at(ms, () => this.#lookAround());
    const log = { ...createMemoryEventLog(), append: this.#append };
    this.#stores = ofStages((stage) => this.#storeOf(stage, log));
    this.#engines = ofStages((stage) => this.#engineOf(stage));
  }

  /** Lets something happen at an instant, which has to lie ahead; later when nothing runs then. */
  at(ms: number, happen: () => void): void {
    const [from, to] = MONTH.outage;
    const wakes = ms >= from && ms < to ? to + (ms % ROUND_MS) : ms;
    this.#agenda.add(Math.max(wakes, this.nowMs), happen);
  }

  /**
   * Plays on until nothing is to come, or till the instant given; tells which incidents each moment has
   * changed.
   */
  async play(untilMs: number, onChanged: (ids: Iterable<string>) => void): Promise<void> {
    for (;;) {
      const { nextMs } = this.#agenda;
      if (nextMs === undefined || nextMs > untilMs) break;
      this.nowMs = nextMs;
      while (this.#agenda.nextMs === this.nowMs) this.#agenda.take()?.();
      do {
        await this.#settled();
      } while (this.#ask());
      const changed = [...this.#touched];
      this.#touched.clear();
      onChanged(changed);
    }
    this.nowMs = untilMs;
  }

  command(given: Command, stage: Stage, onRefused?: (code: string) => void): void {
    this.#track(this.#engines[stage].command(given), onRefused);
  }

  bear(birth: Birth): void {
    this.#track(this.#engines.intake.bear(birth));
  }

  #track(work: Promise<unknown>, onEnd?: (code: string) => void): void {
    this.#underWay += 1;
    work
      .catch((error: unknown) => {
        if (!(error instanceof CityLoopError)) this.bugs.push(String(error));
        const code = error instanceof CityLoopError ? error.code : 'BUG';
        this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
        onEnd?.(code);
      })
      .finally(() => {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#idle?.();
      });
  }

  async #settled(): Promise<void> {
    while (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }

  readonly #append: MemoryEventLog['append'] = (events, bodies) => {
    for (const [n, { incidentId, type }] of events.entries()) {
      const body = bodies[n] ?? '';
      const list = this.bodies.get(incidentId);
      if (list === undefined) this.bodies.set(incidentId, [body]);
      else list.push(body);
      if (isHandOver(type)) this.#handOver(body);
    }
    return 0;
  };

  #handOver(body: string): void {
    const decoded = decodeEvent(body);
    if (decoded.kind !== 'event') {
      this.bugs.push(`an event does not survive the wire: ${body}`);
      return;
    }
    const event = decoded.event as HandOverEvent; // told by its type just before
    this.#track(this.#engines[event.custodian].arrive(event));
  }

  #storeOf(stage: Stage, log: MemoryEventLog): MemoryStore {
    const nowMs = () => this.nowMs;
    const store = createMemoryStore({ stage, log, history: this.#history, nowMs });
    return {
      ...store,
      commit: async (batch, onStored) => {
        await store.commit(batch, onStored);
        for (const state of batch.states) {
          this.states.set(state.id, state);
          this.#touched.add(state.id);
        }
        for (const { incidentId, nextDueAt } of batch.rows) {
          if (nextDueAt !== undefined) this.#arm(stage, incidentId, nextDueAt);
        }
      },
    };
  }

  #arm(stage: Stage, id: string, dueAt: string): void {
    this.at(Date.parse(dueAt), () => {
      // Armed anew meanwhile, or gone.
      if (this.#stores[stage].rows.get(id)?.nextDueAt === dueAt) {
        this.#track(this.#engines[stage].nudge(id));
      }
    });
  }

  #engineOf(stage: Stage): Engine {
    return createEngine({
      rules: rulesOf[stage],
      store: this.#stores[stage],
      policy: () => this.#policy,
      timing: this.#timing,
      locate: async (id) => {
        const last = this.#history.get(id)?.at(-1);
        return last && { custodian: last.custodian, version: last.version };
      },
    });
  }

  readonly #timing: Timing = {
    nowMs: () => this.nowMs,
    after: (ms, task) => {
      let off = false;
      this.at(this.nowMs + ms, () => {
        if (!off) task();
      });
      return () => {
        off = true;
      };
    },
    soon: queueMicrotask,
  };

  /** A revision reaches all services at once; each looks at what it holds. */
  #publish(policy: Policy): void {
    this.#policy = policy;
    this.#lookAround();
  }

  #lookAround(): void {
    for (const stage of stages) {
      for (const { incidentId, status } of this.#stores[stage].rows.values()) {
        if (status !== undefined) this.#track(this.#engines[stage].nudge(incidentId));
      }
    }
  }

  /** Sends what services have asked of each other; true when something was asked. */
  #ask(): boolean {
    let asked = false;
    for (const stage of ['intake', 'archive'] as const) {
      const { asks } = this.#stores[stage];
      for (const ask of asks.slice(this.#asksSeen[stage])) {
        asked = true;
        const body: unknown = JSON.parse(ask.body);
        // Made by our own rules of the very body that stands in it.
        const command = { verb: ask.verb, body } as IncidentCommand;
        const subject = systemSubject;
        const holder = this.states.get(ask.incidentId)?.custodian ?? 'intake';
        const engine = this.#engines[holder];
        const sent = engine.command({ incidentId: ask.incidentId, command, subject, key: ask.key });
        this.#track(this.#concluded(sent, ask, stage));
      }
      this.#asksSeen[stage] = asks.length;
    }
    return asked;
  }

  async #concluded(
    sent: Promise<Answer>,
    { verb, incidentId, about, key }: MemoryStore['asks'][number],
    stage: Stage,
  ): Promise<unknown> {
    const code = await sent.then(
      () => undefined,
      (error: unknown) => (error instanceof CityLoopError ? error.code : 'BUG'),
    );
    const command = conclusion(verb, incidentId, code);
    const subject = systemSubject;
    return this.#engines[stage].command({ incidentId: about, command, subject, key: `${key}/end` });
  }
}

function compiled({ pack, revision }: Published): Policy {
  const { activations = [] } = pack;
  // A mode is followed by time alone: it is no revision that deadlines come from.
  return compilePolicy(
    pack,
    revision,
    activations.length > 0 ? revision - 1 : revision,
    activations,
  );
}

function ofStages<T>(make: (stage: Stage) => T): Readonly<Record<Stage, T>> {
  // The keys are the stages.
  return Object.fromEntries(stages.map((stage) => [stage, make(stage)])) as Record<Stage, T>;
}
