import type { Kafka } from 'kafkajs';
import type { Subscribe, Subscription } from '../event-log.ts';
import { pause } from '../pause.ts';
import { Assignment } from './assignment.ts';
import { atMost } from './client.ts';
import type { KafkaLogger } from './options.ts';
import { type Session, startSession } from './session.ts';
import type { TopicPlan } from './topics.ts';
import type { Desk } from './watermarks.ts';

export type KafkaSubscription = Subscribe & {
  readonly plan: TopicPlan;
  readonly groupId: string;
  /** A client for one consumer. */
  client(): Kafka;
  readonly desk: Desk;
  readonly logger: KafkaLogger;
  /** A consumer was given up, for this reason. */
  rebuilt(reason: string): void;
};

const REBUILD_FIRST_MS = 200;
const REBUILD_MAX_MS = 2_000;
/** A consumer that lived so long was a good one: the next is made without delay. */
const GOOD_LIFE_MS = 10_000;
const COMMIT_MS = 1_000;
const CHECK_MS = 5_000;
const LAG_AGE_MS = 200;
const LAG_WAIT_MS = 1_000;
/** What batches in hand are given at the end. */
const LAST_BATCH_MS = 6_000;

/**
 * A reader that lives for as long as it is wanted: whatever ends its consumer, the next one is made
 * within seconds.
 */
export function kafkaSubscription(options: KafkaSubscription): Subscription {
  const stopping = new AbortController();
  const reader = new Reader(options, stopping.signal);
  const running = reader.run();
  return {
    get active() {
      return reader.active;
    },
    lag: () => reader.lag(),
    silentMs: () => reader.silentMs(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}

class Reader {
  readonly #options: KafkaSubscription;
  readonly #stopping: AbortSignal;
  /** By partition: resolves when nothing of it is in hand. */
  readonly #inHand = new Map<number, Promise<void>>();
  /** Behind what was taken last of each partition, whether it is ours at the moment or not. */
  readonly #left = new Map<number, number>();
  readonly #committed = new Map<number, number>();
  /** When a consumer of ours last fetched; before the first, when the reader was made. */
  #heardMs = performance.now();
  /** What was ours last: as long as no consumer gets on, its lag is ours as well. */
  #mine: readonly number[] = [];
  #session: Session | undefined;
  #assignment: Assignment | undefined;
  #lastLag = 0;

  constructor(options: KafkaSubscription, stopping: AbortSignal) {
    this.#options = options;
    this.#stopping = stopping;
  }

  get #lanes() {
    return this.#assignment?.lanes ?? [];
  }

  get active(): boolean {
    return !this.#stopping.aborted && this.#lanes.some(({ next }) => next !== undefined);
  }

  silentMs(): number {
    this.#hear();
    return Math.max(
      performance.now() - this.#heardMs,
      ...this.#lanes.map((lane) => lane.silentMs()),
    );
  }

  /** A consumer that never gets to fetch is no better than none, however often it is made anew. */
  #hear(): void {
    if (this.#session?.fetched !== true) return;
    this.#heardMs = Math.max(this.#heardMs, performance.now() - this.#session.silentMs());
  }

  /** While the broker does not answer, what it was when it last did. */
  async lag(): Promise<number> {
    const { desk, plan } = this.#options;
    const asked = desk.recentRanges(plan.name, LAG_AGE_MS).catch(() => undefined);
    const ranges = (await atMost(LAG_WAIT_MS, asked)) ? await asked : undefined;
    if (ranges === undefined) return this.#lastLag;
    this.#note();
    this.#lastLag = this.#mine.reduce((sum, partition) => {
      const handled = this.#left.get(partition);
      const high = ranges.get(partition)?.high ?? 0;
      return handled === undefined ? sum : sum + Math.max(0, high - handled);
    }, 0);
    return this.#lastLag;
  }

  async run(): Promise<void> {
    const stopped = new Promise<undefined>((resolve) => {
      this.#stopping.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const timers = [
      setInterval(() => void this.#commit(), COMMIT_MS),
      setInterval(() => void this.#check(), CHECK_MS),
    ];
    let waitMs = REBUILD_FIRST_MS;
    while (!this.#stopping.aborted) {
      const bornMs = performance.now();
      const session = this.#open();
      const reason = await Promise.race([session.ended, stopped]);
      await this.#close(session);
      if (reason === undefined) break;
      if (performance.now() - bornMs > GOOD_LIFE_MS) waitMs = REBUILD_FIRST_MS;
      const { topic, group } = this.#options;
      this.#options.logger.warn({ topic, group, reason }, 'a consumer is made anew');
      this.#options.rebuilt(reason);
      await pause(waitMs, this.#stopping);
      waitMs = Math.min(waitMs * 2, REBUILD_MAX_MS);
    }
    for (const timer of timers) clearInterval(timer);
  }

  #open(): Session {
    const { plan, groupId, desk } = this.#options;
    let mine: Assignment | undefined;
    const session: Session = startSession({
      kafka: this.#options.client(),
      topic: plan.name,
      groupId,
      alone: this.#options.group === undefined,
      partitions: plan.partitions,
      gatherMs: this.#options.gatherMs ?? 0,
      events: {
        revoked: () => this.#release(mine),
        assigned: (partitions, fetching) => {
          this.#release(mine);
          // A consumer that was given up may still be heard of.
          if (this.#session !== session || this.#stopping.aborted) return;
          mine = new Assignment({
            ...this.#options,
            partitions,
            fetching,
            left: this.#left,
            free: (partition) => this.#inHand.get(partition) ?? Promise.resolve(),
            ranges: () => desk.ranges(plan.name),
          });
          this.#assignment = mine;
          this.#mine = partitions;
        },
        fetched: (partition, from, messages) => mine?.fetched(partition, from, messages) ?? false,
        settled: () => mine?.settled ?? false,
      },
    });
    this.#session = session;
    return session;
  }

  /** Hands over nothing more of what was assigned, and keeps what matters when it comes back. */
  #release(assignment: Assignment | undefined): void {
    if (assignment === undefined) return;
    this.#note();
    for (const [partition, done] of assignment.halt()) this.#inHand.set(partition, done);
    if (this.#assignment === assignment) this.#assignment = undefined;
  }

  #note(): void {
    for (const { partition, handled } of this.#lanes) {
      if (handled !== undefined) this.#left.set(partition, handled);
    }
  }

  /** At the end of all waits for the batches in hand; else nobody does but the partition's next lane. */
  async #close(session: Session): Promise<void> {
    const assignment = this.#assignment;
    if (this.#stopping.aborted && assignment !== undefined) {
      const done = [...assignment.halt().values()];
      if (!(await atMost(LAST_BATCH_MS, Promise.all(done))))
        this.#options.logger.warn({ topic: this.#options.topic }, 'a batch in hand does not end');
      await atMost(COMMIT_MS, this.#commit());
    }
    this.#release(assignment);
    this.#hear();
    this.#session = undefined;
    await session.close();
  }

  async #commit(): Promise<void> {
    this.#note();
    // One that is on its own has a group of its own, which nobody will look for.
    if (this.#options.group === undefined) return;
    const changed = this.#lanes.flatMap(({ partition, handled }) =>
      handled === undefined || this.#committed.get(partition) === handled
        ? []
        : [[partition, handled] as const],
    );
    for (const [partition, handled] of changed) this.#committed.set(partition, handled);
    await this.#session?.commit(new Map(changed));
  }

  async #check(): Promise<void> {
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    const { desk, plan } = this.#options;
    const ranges = await desk.recentRanges(plan.name, CHECK_MS / 2).catch(() => undefined);
    if (ranges !== undefined && this.#assignment === assignment) assignment.check(ranges);
  }
}
