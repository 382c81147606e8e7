import {
  type Incident,
  type IncidentEvent,
  type ModeActivation,
  type Stage,
  stages,
} from '@cityloop/contracts';
import { fold } from '@cityloop/incident';
import { fromIso } from '@cityloop/kernel';
import { chainsForAll, testPack, testPolicy } from './pack.ts';
import { createRandom } from './random.ts';
import { randomCommand, randomReport, told } from './random-command.ts';
import { simMode } from './sim-modes.ts';
import { askErrand, attempt, commandErrand, type Errand, reportErrand } from './sim-people.ts';
import { type Planted, plantedStore } from './sim-plant.ts';
import { type Durable, durableStore, type Process, startProcess } from './sim-process.ts';
import { Scheduler } from './sim-scheduler.ts';
import { SimLog } from './sim-storage.ts';

/** A Monday morning. */
const START = '2026-03-02T09:00:00+08:00';
const MINUTE_MS = 60_000;
const CLOCK_ERROR_MS = 3_000;
const chains = [testPack.approvals, chainsForAll];

/** Something that may happen next: its name, how likely it is (0: not now), and what happens. */
export type Turn = readonly [name: string, weight: number, happen: () => void];

/** One district under a seed: its services, what they stored, its people and what befalls them all. */
export class SimStory {
  readonly scheduler: Scheduler;
  readonly world: Durable;
  readonly errands: Errand[] = [];
  readonly bugs: string[] = [];
  crashes = 0;
  readonly #processes = new Map<string, Process>();
  readonly #size: number;
  readonly #replicas: number;
  readonly #planted: Planted | undefined;
  readonly #sentTo = new Map<Errand, string>();
  readonly #states = new Map<string, Incident>();
  readonly #asksSeen = { intake: 0, archive: 0 };

  constructor(seed: number, planted?: Planted) {
    const random = createRandom(seed);
    this.scheduler = new Scheduler(random);
    this.#size = 10 + random.int(50);
    this.#replicas = random.pick([1, 1, 2]);
    this.#planted = planted;
    this.world = emptyWorld(this.scheduler, planted);
    this.startMissing();
  }

  /** What could happen next. */
  turns(): Turn[] {
    const { scheduler, world } = this;
    const { random } = scheduler;
    const behind = world.log.behind();
    const open = this.errands.filter((e) => !e.final && !e.underWay);
    const unaware = [...this.#processes.values()].filter((p) => p.behind);
    const wishes = this.errands.length < this.#size;
    const trouble = (weight: number): number => (wishes || open.length > 0 ? weight : 0);
    return [
      ['open', scheduler.waiting > 0 ? 30 : 0, () => scheduler.open()],
      ['deliver', behind.length > 0 ? 15 : 0, () => world.log.deliver(random.pick(behind))],
      ['try', open.length > 0 ? 6 : 0, () => this.#try(random.pick(open))],
      ['learn', unaware.length > 0 ? 2 : 0, () => random.pick(unaware).learn()],
      ['timer', scheduler.timers > 0 ? 2 : 0, () => scheduler.pass()],
      ['wish', wishes ? 5 : 0, () => this.#wish()],
      [
        'start',
        this.#processes.size < stages.length * this.#replicas ? 1 : 0,
        () => this.startMissing(),
      ],
      ['impatience', trouble(0.5), () => this.#loseHeart()],
      ['time', trouble(1.5), () => this.#jump()],
      ['alarm', trouble(2), () => this.nudgeDue(random.pick(stages), 3)],
      ['crash', trouble(0.6), () => this.#crash()],
      ['rewind', trouble(0.5), () => world.log.rewind()],
      ['again', trouble(0.5), () => void world.log.publishAgain()],
      ['policy', world.policies.length < 3 ? trouble(0.1) : 0, () => this.#publish()],
    ];
  }

  /** Starts what is not running. */
  startMissing(): void {
    for (const stage of stages) {
      for (let n = 1; n <= this.#replicas; n++) {
        const name = `${stage}-${n}`;
        if (this.#processes.has(name)) continue;
        const skewMs = this.scheduler.random.int(2 * CLOCK_ERROR_MS) - CLOCK_ERROR_MS;
        this.scheduler.note(`${name} starts, ${skewMs} ms off`);
        this.#processes.set(name, startProcess(this.world, stage, name, skewMs));
      }
    }
  }

  /** Alarms for what is due at a stage. */
  nudgeDue(stage: Stage, most: number): void {
    const process = this.#anyOf(stage);
    if (process === undefined || this.#planted === 'alarms sleep') return;
    // Answered by memory at once; the nudges themselves take their turns.
    void this.world.stores[stage].due(this.world.nowMs, most).then((due) => {
      this.scheduler.note(`${process.name} nudged ${due.length}`);
      for (const { id } of due) process.engine.nudge(id).catch(() => undefined);
    });
  }

  /** Takes notice of what was asked since the last look. */
  hear(): void {
    for (const stage of ['intake', 'archive'] as const) {
      const { asks } = this.world.stores[stage];
      for (const ask of asks.slice(this.#asksSeen[stage])) {
        this.errands.push(askErrand(ask, (next) => this.errands.push(next)));
      }
      this.#asksSeen[stage] = asks.length;
    }
  }

  processOf(stage: Stage): Process | undefined {
    return this.#anyOf(stage);
  }

  #anyOf(stage: Stage): Process | undefined {
    const living = [...this.#processes.values()].filter((p) => p.stage === stage);
    return living.length === 0 ? undefined : this.scheduler.random.pick(living);
  }

  #try(one: Errand): void {
    const holder = this.world.history.get(one.incidentId)?.at(-1)?.custodian;
    const process = this.#anyOf(one.stage ?? holder ?? 'intake');
    if (process === undefined) return;
    this.#sentTo.set(one, process.name);
    attempt(this.scheduler, process, one, (error) =>
      this.bugs.push(`${one.name}: ${String(error)}`),
    );
  }

  /** Somebody wants something: a new report, or something done with a case that is there. */
  #wish(): void {
    const { random } = this.scheduler;
    const name = `op-${this.errands.length}`;
    const ids = [...this.world.history.keys()];
    const { nowMs } = this.world;
    if (ids.length === 0 || random.chance(0.12)) {
      const { subject, body } = randomReport(random, name);
      this.errands.push(reportErrand(name, subject, body, nowMs));
      return;
    }
    const id = random.pick(ids);
    const incident = this.stateOf(id);
    const { subject, command } = randomCommand(random, incident, { nowMs, others: ids }, name);
    this.scheduler.note(`${name} ${subject.id} ${command.verb}`);
    this.errands.push(commandErrand(name, id, subject, told(random, command, incident)));
  }

  /** The incident as its history has it; folded from where it was last looked at. */
  stateOf(id: string): Incident {
    const events = this.world.history.get(id) ?? [];
    const known = this.#states.get(id);
    const state = events.slice(known?.version ?? 0).reduce(fold, known);
    if (state === undefined) throw new RangeError(`no such incident ${id}`);
    this.#states.set(id, state);
    return state;
  }

  /** Who has waited too long tries again, while the first attempt may still come to something. */
  #loseHeart(): void {
    const waiting = this.errands.filter((e) => e.underWay);
    if (waiting.length > 0) this.scheduler.random.pick(waiting).underWay = false;
  }

  #jump(): void {
    const minutes = this.scheduler.random.pick([1, 5, 20, 60, 600, 4_000]);
    this.world.nowMs += minutes * MINUTE_MS;
    this.scheduler.note(`+${minutes} min`);
  }

  /** A process dies between any two steps: its memory is lost, what it had sent may yet arrive. */
  #crash(): void {
    const { scheduler, world } = this;
    if (this.#processes.size === 0) return;
    const { name } = scheduler.random.pick([...this.#processes.values()]);
    this.crashes += 1;
    scheduler.note(`${name} dies`);
    this.#processes.delete(name);
    world.log.unsubscribe(name);
    scheduler.bury(name);
    for (const [one, at] of this.#sentTo) if (at === name) one.underWay = false;
  }

  /** The district changes a limit or its chains, or turns a mode on; the services hear of it one by one. */
  #publish(): void {
    const { random } = this.scheduler;
    const revision = this.world.policies.length + 1;
    const activations: ModeActivation[] = [...(this.world.policies.at(-1)?.modes ?? [])];
    if (random.int(2) === 0) activations.push(simMode(revision, this.world.nowMs, random));
    this.world.policies.push(
      testPolicy({
        ...{ revision, activations },
        hours: random.pick([1, 3, 6]),
        approvals: random.pick(chains),
      }),
    );
    this.scheduler.note(`policy ${revision}, ${activations.length} modes`);
  }
}

function emptyWorld(scheduler: Scheduler, planted: Planted | undefined): Durable {
  const log = new SimLog(scheduler, planted);
  const history = new Map<string, IncidentEvent[]>();
  const clock = { nowMs: fromIso(START) };
  const storeOf = (stage: Stage) => {
    const store = durableStore(stage, log, history, () => clock.nowMs);
    return plantedStore(store, log, planted, scheduler.random);
  };
  return {
    scheduler,
    log,
    history,
    policies: [testPolicy({ approvals: scheduler.random.pick(chains) })],
    stores: {
      intake: storeOf('intake'),
      dispatch: storeOf('dispatch'),
      handling: storeOf('handling'),
      verification: storeOf('verification'),
      archive: storeOf('archive'),
    },
    get nowMs() {
      return clock.nowMs;
    },
    set nowMs(ms) {
      clock.nowMs = ms;
    },
  };
}
