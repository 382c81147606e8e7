import {
  DistrictPack,
  type ModeActivation,
  ModeActivations,
  type PackSection,
  PolicyRevision,
} from '@cityloop/contracts';
import type { EventLog, Subscription } from '@cityloop/event-log';
import { compilePolicy, type Policy } from '@cityloop/incident';
import { Unavailable } from '@cityloop/kernel';
import { createPolicyHistory, type PolicyHistory } from './policy-history.ts';
import type { PolicySource } from './policy-source.ts';

export type PolicyReader = PolicySource &
  AsyncDisposable & {
    /** The pack as published, for those who show it. */
    pack(): DistrictPack;
    /** What was in force before, for those who explain. */
    readonly history: PolicyHistory;
  };

/** The sections deadlines come from. */
const timing: ReadonlySet<PackSection> = new Set(['catalogue', 'clocks', 'calendars', 'units']);

/**
 * Follows the policy topic and keeps the newest edition compiled. Every process reads all of it from
 * the first revision on; what cannot be read stops the reader, since nobody may decide by half a policy.
 */
export async function startPolicyReader(log: EventLog): Promise<PolicyReader> {
  const sections: { [S in PackSection]?: unknown } = {};
  let activations: readonly ModeActivation[] = [];
  let current: Policy | undefined;
  let pack: DistrictPack | undefined;
  let timingRevision = 0;
  let newest = 0;
  const history = createPolicyHistory();
  const listeners = new Set<(policy: Policy) => void>();
  const waiting = new Set<{ revision: number; resolve(): void }>();

  function take(body: string): void {
    const revised = PolicyRevision.parse(JSON.parse(body));
    // A log that was filled again may tell the older ones after the newer.
    if (revised.revision <= newest) return;
    newest = revised.revision;
    if (revised.section === 'activations') {
      // A clock tells by itself which mode it is under: these do not count as another timing.
      activations = ModeActivations.parse(revised.content);
    } else {
      sections[revised.section] = revised.content;
      if (timing.has(revised.section)) timingRevision = revised.revision;
    }
    if (!revised.last) return;
    pack = DistrictPack.parse(sections);
    current = compilePolicy(pack, revised.revision, timingRevision, activations);
    history.add(revised, sections, timingRevision, activations);
    for (const listen of listeners) listen(current);
    for (const waiter of waiting) {
      if (waiter.revision > revised.revision) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  }

  const subscription: Subscription = await log.subscribe({
    topic: 'policy',
    from: async () => [],
    onBatch: async (records) => {
      for (const record of records) take(record.body);
    },
  });

  return {
    current() {
      if (current !== undefined) return current;
      throw new Unavailable('POLICY_UNKNOWN', '区政策尚未载入 / the policy is not loaded yet');
    },
    pack() {
      if (pack !== undefined) return pack;
      throw new Unavailable('POLICY_UNKNOWN', '区政策尚未载入 / the policy is not loaded yet');
    },
    history,
    atLeast: (revision) =>
      new Promise((resolve) => {
        if (current !== undefined && current.revision >= revision) resolve();
        else waiting.add({ revision, resolve });
      }),
    onChange(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    [Symbol.asyncDispose]: () => subscription[Symbol.asyncDispose](),
  };
}
