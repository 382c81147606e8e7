import { setTimeout as after } from 'node:timers/promises';
import { type Fault, faultText } from '../plan/plan.ts';
import type { World } from '../world/world.ts';
import type { Recovery } from './recovery.ts';

export type NemesisOptions = {
  readonly world: Pick<World, 'inflict'>;
  readonly plan: readonly Fault[];
  readonly recovery: Recovery;
  say(line: string): void;
};

/** What was done, and what of it could not be. */
export type Inflicted = {
  readonly done: readonly Fault[];
  readonly failed: readonly { readonly fault: Fault; readonly why: string }[];
};

/**
 * Does the faults of the plan at their times, and resolves when all of them are healed. A target that is not
 * back from one is left alone until it is: the next one comes late.
 */
export async function inflict({ world, plan, recovery, say }: NemesisOptions): Promise<Inflicted> {
  const startMs = performance.now();
  const done: Fault[] = [];
  const failed: { fault: Fault; why: string }[] = [];
  const last = new Map<string, Promise<void>>();

  async function one(fault: Fault): Promise<void> {
    say(`#${fault.n} ${faultText(fault)}`);
    recovery.begun(fault);
    try {
      await world.inflict(fault);
      done.push(fault);
    } catch (error) {
      failed.push({ fault, why: String(error) });
      say(`#${fault.n} could not be done: ${String(error)}`);
    }
    recovery.healed(fault);
  }

  for (const fault of plan) {
    await after(Math.max(0, startMs + fault.atMs - performance.now()));
    const before = last.get(fault.target) ?? Promise.resolve();
    last.set(
      fault.target,
      before.then(() => one(fault)),
    );
  }
  await Promise.all(last.values());
  return { done, failed };
}
