import { Unavailable } from '@cityloop/kernel';
import type { BatchClient, LineAnswer } from '../send/batch-client.ts';
import { judge } from './judge.ts';
import { lineOf, type Outcome, outcomeOf, type Rejection, type Task } from './task.ts';

const REST_MIN_MS = 100;
const REST_MAX_MS = 3_000;

export type PumpOptions = {
  readonly client: BatchClient;
  /** Lines in one request, at most. */
  readonly batch: number;
  /** Requests under way at once. */
  readonly connections: number;
  /** How long a server that does not answer is waited for, ms; the first time a shorter while. */
  readonly patienceMs: number;
  readonly firstPatienceMs: number;
  nowMs(): number;
  settled(task: Task, outcome: Outcome): void;
  /** Lines that were answered for good. */
  answered(lines: number): void;
  /** The server is away (`true`) or back. */
  away(away: boolean): void;
};

/** Carries records to the server and through their history. */
export type Pump = {
  add(task: Task): void;
  /** Takes nothing up any more and resolves when no request is under way. */
  stop(): Promise<void>;
  /** Rejects when going on makes no sense: the sender is refused, the server stays away. */
  readonly failed: Promise<never>;
};

/**
 * Each record is one chain: its report, then its commands, each sent when the one before was answered.
 * Chains go side by side, and whatever is ready when a connection is free becomes one request, chains
 * that have begun before new ones. A broken request changes nothing but time: its unanswered lines are
 * sent again under their keys.
 */
export function createPump(options: PumpOptions): Pump {
  const { client, batch, connections, nowMs } = options;
  const failure = Promise.withResolvers<never>();
  // Whoever awaits it hears of it; nobody has to.
  failure.promise.catch(() => undefined);
  let fresh: Task[] = [];
  let begun: Task[] = [];
  let underWay = 0;
  let stopped = false;
  let scheduled = false;
  let rests = 0;
  // Ended by its timer alone: a timer may ring before a clock says that it is time.
  let resting: NodeJS.Timeout | undefined;
  let awaySinceMs: number | undefined;
  let heard = false;
  let idle: (() => void) | undefined;

  function schedule(): void {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      fill();
    });
  }

  function fill(): void {
    while (!stopped && underWay < connections && resting === undefined) {
      const ready = begun.length + fresh.length;
      // A small request beside a running one would only make many of one: better wait for its answers.
      if (ready === 0 || (underWay > 0 && ready < batch / 4)) return;
      const tasks = begun.splice(0, batch);
      tasks.push(...fresh.splice(0, batch - tasks.length));
      underWay += 1;
      void request(tasks);
    }
  }

  async function request(tasks: readonly Task[]): Promise<void> {
    try {
      const { answers, failure: broken } = await client.send(tasks.map(lineOf));
      if (broken === undefined) back();
      else rest(broken);
      tasks.forEach((task, n) => {
        const answer = answers[n];
        if (answer === undefined) begun.push(task);
        else heed(task, answer);
      });
    } catch (error) {
      fail(error);
    }
    underWay -= 1;
    if (underWay === 0) idle?.();
    schedule();
  }

  function heed(task: Task, answer: LineAnswer): void {
    const verdict = judge(task, answer, nowMs(), options.patienceMs);
    if (verdict.kind === 'again') {
      task.tries += 1;
      task.failingSinceMs ??= nowMs();
      later(task);
      return;
    }
    options.answered(1);
    if (verdict.kind === 'rejected') breakOff(task, verdict.rejection);
    else advance(task, answer, verdict.status);
    if (task.next <= task.plan.steps.length) begun.push(task);
    else options.settled(task, outcomeOf(task, task.rejection));
  }

  function later(task: Task): void {
    setTimeout(() => {
      begun.push(task);
      schedule();
    }, restMs(task.tries));
  }

  function back(): void {
    heard = true;
    rests = 0;
    clearTimeout(resting);
    resting = undefined;
    if (awaySinceMs !== undefined) options.away(false);
    awaySinceMs = undefined;
  }

  function rest(broken: Unavailable): void {
    if (awaySinceMs === undefined) options.away(true);
    awaySinceMs ??= nowMs();
    const patienceMs = heard ? options.patienceMs : options.firstPatienceMs;
    if (nowMs() - awaySinceMs > patienceMs) fail(stayedAway(broken));
    if (resting !== undefined) return;
    rests += 1;
    resting = setTimeout(() => {
      resting = undefined;
      schedule();
    }, restMs(rests));
  }

  function fail(error: unknown): void {
    stopped = true;
    failure.reject(error);
  }

  return {
    add(task) {
      fresh.push(task);
      schedule();
    },
    async stop() {
      stopped = true;
      clearTimeout(resting);
      fresh = [];
      begun = [];
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
    },
    failed: failure.promise,
  };
}

function advance(task: Task, { result }: LineAnswer, status: string | undefined): void {
  if (result !== undefined) {
    if (task.next === 0) {
      task.incidentId = result.id;
      task.repeat = result.repeat;
    }
    task.status = result.status;
    task.events = result.version;
  }
  if (status !== undefined) task.status = status;
  task.next += 1;
  task.tries = 0;
  task.failingSinceMs = undefined;
}

/** The rest of a refused history is left out, but for going live: what is there is to be watched. */
function breakOff(task: Task, rejection: Rejection): void {
  const { steps } = task.plan;
  task.rejection ??= rejection;
  const watched = task.incidentId !== undefined && task.next < steps.length;
  const last = steps.at(-1)?.verb === 'go-live' && watched;
  task.next = last ? steps.length : steps.length + 1;
  task.tries = 0;
  task.failingSinceMs = undefined;
}

function restMs(tries: number): number {
  const ms = Math.min(REST_MAX_MS, REST_MIN_MS * 2 ** Math.min(tries - 1, 10));
  // Spread, so that what failed together does not come back together.
  return ms * (0.75 + Math.random() / 2);
}

function stayedAway(cause: Unavailable): Unavailable {
  return new Unavailable(
    'IMPORT_SERVER_AWAY',
    `the server does not answer (${cause.message}): start it and run the same command again`,
    {},
    { cause },
  );
}
