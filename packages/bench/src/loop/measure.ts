import { cpus } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import type { LoopArm } from '../arm.ts';
import { makeIncidents } from '../incident.ts';
import { machineCpuSeconds } from '../machine/describe.ts';
import { cpuByProgram } from '../machine/process-tree.ts';
import { percentile } from '../statistics.ts';

/** One measured run of one arm, all work there from the start. */
export type BurstResult = {
  readonly seconds: number;
  readonly incidents: number;
  readonly steps: number;
  /** Seconds of processor by program, load included; empty where the system does not tell. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** Share of the processors that programs which are none of ours took meanwhile, 0 to 1. */
  readonly othersShare: number;
};

/** Time of the whole loop, from when the incident was due to be handed in until its last step. */
export type PacedResult = {
  readonly perSecond: number;
  readonly incidents: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** Who counts what an arm finishes; `done` is what the arm calls. */
export type Finish = {
  done(id: string): void;
  /** Resolves when `count` more have finished since `begin`; rejects when nothing moves for long. */
  begin(count: number, onDone?: (id: string, atMs: number) => void): Promise<void>;
};

const STALLED_MS = 30_000;

/** Counts finished incidents of one run at a time. */
export function createFinish(): Finish {
  let seen = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let reached: () => void = () => {};
  let listener: ((id: string, atMs: number) => void) | undefined;
  return {
    done: (id) => {
      seen += 1;
      listener?.(id, performance.now());
      if (seen === wanted) reached();
    },
    begin: async (count, onDone) => {
      seen = 0;
      wanted = count;
      listener = onDone;
      const all = Promise.withResolvers<void>();
      reached = all.resolve;
      let last = -1;
      const watch = setInterval(() => {
        if (seen === last) all.reject(new Error(`stopped after ${seen} of ${count} incidents`));
        last = seen;
      }, STALLED_MS);
      await all.promise.finally(() => clearInterval(watch));
    },
  };
}

/** Hands all incidents in at once and waits until all that follows from the last step is stored. */
export async function burst(arm: LoopArm, finish: Finish, count: number): Promise<BurstResult> {
  const incidents = makeIncidents(count);
  const stepsBefore = await arm.stepsDone();
  const names = arm.processes?.();
  const cpuBefore = await cpuByProgram(process.pid, names);
  const machineBefore = machineCpuSeconds();
  const startedAt = performance.now();
  await Promise.all([finish.begin(count), arm.submit(incidents)]);
  await arm.drained();
  const seconds = (performance.now() - startedAt) / 1_000;
  const machineUsed = machineCpuSeconds() - machineBefore;
  const cpuAfter = await cpuByProgram(process.pid, names);
  const used = [...cpuAfter].map(
    ([program, total]) => [program, total - (cpuBefore.get(program) ?? 0)] as const,
  );
  const steps = (await arm.stepsDone()) - stepsBefore;
  const usedByUs = used.reduce((sum, [, value]) => sum + value, 0);
  // Where the system does not tell what is ours, nothing can be said of the others.
  const others = usedByUs === 0 ? 0 : Math.max(machineUsed - usedByUs, 0);
  const othersShare = others / (seconds * cpus().length);
  const cpuSeconds = Object.fromEntries(used);
  return { seconds, incidents: count, steps, cpuSeconds, othersShare };
}

/** Hands incidents in one by one, `perSecond` of them, whatever the arm makes of it. */
export async function pace(
  arm: LoopArm,
  finish: Finish,
  plan: { readonly perSecond: number; readonly seconds: number },
): Promise<PacedResult> {
  const incidents = makeIncidents(Math.round(plan.perSecond * plan.seconds));
  const dueAtMs = new Map<string, number>();
  const takenMs: number[] = [];
  const finished = finish.begin(incidents.length, (id, atMs) => {
    takenMs.push(atMs - (dueAtMs.get(id) ?? Number.NaN));
  });
  const submitted: Promise<void>[] = [];
  const startMs = performance.now();
  const feed = async (): Promise<void> => {
    for (const [index, incident] of incidents.entries()) {
      // Counted from when it was due: who is handed in late because the arm held us up has waited.
      const dueMs = startMs + (index * 1_000) / plan.perSecond;
      while (performance.now() < dueMs) await after(1);
      dueAtMs.set(incident.id, dueMs);
      submitted.push(arm.submit([incident]));
    }
  };
  await Promise.all([finished, feed()]);
  await Promise.all(submitted);
  return {
    perSecond: plan.perSecond,
    incidents: incidents.length,
    p50Ms: percentile(takenMs, 50),
    p99Ms: percentile(takenMs, 99),
  };
}
