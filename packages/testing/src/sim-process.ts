import { type IncidentEvent, type Stage, stages } from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import {
  createEngine,
  createMemoryStore,
  createTaking,
  type Engine,
  type MemoryStore,
  memoryParking,
  type PolicySource,
  startArrivals,
} from '@cityloop/stage';
import { rulesOf } from './loop.ts';
import type { Scheduler } from './sim-scheduler.ts';
import { flakyStore, type SimLog } from './sim-storage.ts';

/** What outlives every process: the stores, the log, the policies that were published, the time. */
export type Durable = {
  readonly scheduler: Scheduler;
  readonly log: SimLog;
  readonly stores: Readonly<Record<Stage, MemoryStore>>;
  readonly history: ReadonlyMap<string, readonly IncidentEvent[]>;
  readonly policies: Policy[];
  nowMs: number;
};

/** One run of a service, from its start to its death. */
export type Process = {
  readonly name: string;
  readonly stage: Stage;
  readonly engine: Engine;
  /** Hears of the next revision of the policy, if there is one it does not know. */
  learn(): void;
  readonly behind: boolean;
};

/** The store of one stage; `history` is shared, as the log is. */
export function durableStore(
  stage: Stage,
  log: SimLog,
  history: Map<string, IncidentEvent[]>,
  nowMs: () => number,
): MemoryStore {
  return createMemoryStore({ stage, log: log.of('store'), history, nowMs });
}

/** Starts a process on what is durable; its clock may be a little off. */
export function startProcess(world: Durable, stage: Stage, name: string, skewMs: number): Process {
  const { scheduler, policies } = world;
  const store = flakyStore(world.stores[stage], scheduler, name, () => world.nowMs + skewMs);
  const { learn, source, known } = policyOf(policies);
  const engine = createEngine({
    rules: rulesOf[stage],
    store,
    policy: source.current,
    timing: scheduler.timingOf(name),
    async locate(id) {
      const last = world.history.get(id)?.at(-1);
      return last === undefined ? undefined : { custodian: last.custodian, version: last.version };
    },
    async answeredElsewhere(keys) {
      const found = await Promise.all(stages.map((one) => world.stores[one].findKeys(keys)));
      return new Map(found.flatMap((answers) => [...answers]));
    },
  });
  const parking = memoryParking();
  const taking = createTaking({ engine, store, policies: source, parking });
  void startArrivals({ stage, log: world.log.of(name), store, taking, parking, again: true });
  return {
    name,
    stage,
    engine,
    learn,
    get behind() {
      return known() < policies.length;
    },
  };
}

/** The policy as one process knows it: all that was published when it started, later ones when told. */
function policyOf(published: readonly Policy[]) {
  let count = published.length;
  let waiting: { readonly revision: number; resolve(): void }[] = [];
  const current = (): Policy => {
    const policy = published[count - 1];
    if (policy === undefined) throw new RangeError('no policy was published');
    return policy;
  };
  const source: PolicySource = {
    current,
    atLeast: (revision) =>
      new Promise((resolve) => {
        if (current().revision >= revision) resolve();
        else waiting.push({ revision, resolve });
      }),
    onChange: () => () => undefined,
  };
  function learn(): void {
    if (count === published.length) return;
    count += 1;
    const { revision } = current();
    for (const waiter of waiting) if (waiter.revision <= revision) waiter.resolve();
    waiting = waiting.filter((waiter) => waiter.revision > revision);
  }
  return { source, learn, known: () => count };
}
