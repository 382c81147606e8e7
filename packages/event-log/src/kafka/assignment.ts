import type { KafkaMessage } from 'kafkajs';
import type { LogRecord, Start, Subscribe } from '../event-log.ts';
import { pause } from '../pause.ts';
import { whereToBegin } from './begin.ts';
import { atMost } from './client.ts';
import { kafkaRecord } from './kafka-record.ts';
import { Lane } from './lane.ts';
import type { KafkaLogger } from './options.ts';
import type { Fetching } from './session.ts';
import type { Range, Ranges } from './watermarks.ts';

export type AssignmentOptions = Pick<Subscribe, 'from' | 'replaced' | 'onBatch'> & {
  readonly partitions: readonly number[];
  readonly fetching: Fetching;
  /** Where this reader stood in partitions it had before. */
  readonly left: ReadonlyMap<number, number>;
  /** Resolves when nothing of that partition is in hand any more. */
  free(partition: number): Promise<void>;
  ranges(): Promise<Ranges>;
  readonly logger: KafkaLogger;
};

const RETRY_MS = 200;
const SETTLE_MS = 250;

/** The partitions that are a reader's, from one sharing-out of the group to the next. */
export class Assignment {
  readonly #options: AssignmentOptions;
  readonly #lanes = new Map<number, Lane>();
  readonly #beyond = new Set<Lane>();
  /** Of which nothing more is fetched for the moment. */
  readonly #paused = new Set<number>();
  /** Those that have taken something. */
  readonly #flowing = new WeakSet<Lane>();
  #start: Promise<Start> | undefined;
  #halted = false;

  constructor(options: AssignmentOptions) {
    this.#options = options;
    for (const partition of options.partitions) {
      this.#resume(partition);
      this.#open(partition, options.free(partition));
    }
  }

  get lanes(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** Whether each partition is read from where it should be, and none is held back. */
  get settled(): boolean {
    return this.#paused.size === 0 && this.lanes.every(({ next }) => next !== undefined);
  }

  /** Takes what was fetched; false when it has to be fetched again. */
  async fetched(
    partition: number,
    from: number,
    messages: readonly KafkaMessage[],
  ): Promise<boolean> {
    const lane = this.#lanes.get(partition);
    if (lane === undefined) return false;
    const { fetching } = this.#options;
    // Mostly it is what will be wanted, and fetching it again would cost more than a moment.
    if (!this.#flowing.has(lane)) await atMost(SETTLE_MS, lane.begun);
    if (this.#halted) return false;
    const records = messages.map((message): LogRecord => kafkaRecord(partition, message));
    const taken = lane.offer(from, records);
    if (taken === 'taken') {
      // What was sought before it came is behind us.
      if (!this.#flowing.has(lane) && lane.next !== undefined) fetching.seek(partition, lane.next);
      this.#flowing.add(lane);
      return true;
    }
    // It would come again and again until it is known where to begin.
    this.#pause(partition);
    if (taken === 'different') this.#settle(lane, true);
    if (taken === 'unexpected') this.#reopen(lane);
    return false;
  }

  /** Begins anew where the log ends before what was read of it: it was emptied or made again. */
  check(ranges: Ranges): void {
    for (const lane of this.lanes) {
      const high = ranges.get(lane.partition)?.high;
      const beyond = high !== undefined && lane.next !== undefined && lane.next > high;
      if (!beyond) this.#beyond.delete(lane);
      // What was asked a moment ago may be older than what was read since.
      else if (this.#beyond.delete(lane)) this.#reopen(lane);
      else this.#beyond.add(lane);
    }
  }

  /** Hands nothing over any more; resolves, by partition, when the batches in hand are done with. */
  halt(): ReadonlyMap<number, Promise<void>> {
    this.#halted = true;
    return new Map(this.lanes.map((lane) => [lane.partition, lane.halt()]));
  }

  #pause(partition: number): void {
    this.#paused.add(partition);
    this.#options.fetching.pause(partition);
  }

  #resume(partition: number): void {
    this.#paused.delete(partition);
    this.#options.fetching.resume(partition);
  }

  #reopen(lane: Lane): void {
    this.#start = undefined;
    this.#open(lane.partition, lane.halt());
  }

  #open(partition: number, after: Promise<void>): void {
    const { onBatch, logger } = this.#options;
    const lane = new Lane({
      partition,
      after,
      onBatch,
      refused: (error) =>
        logger.warn({ partition, error: String(error) }, 'records were refused, they come again'),
      full: () => this.#pause(partition),
      thirsty: () => {
        if (!lane.halted.aborted) this.#resume(partition);
      },
    });
    this.#lanes.set(partition, lane);
    this.#settle(lane, false);
  }

  /** Finds out where to begin, for as long as it takes. */
  #settle(lane: Lane, different: boolean): void {
    this.#trySettle(lane, different).catch(async (error: unknown) => {
      const { partition } = lane;
      this.#options.logger.warn({ partition, error: String(error) }, 'where to begin is not known');
      this.#start = undefined;
      await pause(RETRY_MS, lane.halted);
      this.#settle(lane, false);
    });
  }

  async #trySettle(lane: Lane, different: boolean): Promise<void> {
    await lane.free;
    if (lane.halted.aborted) return;
    const { fetching, left, logger, replaced } = this.#options;
    const { partition } = lane;
    this.#start ??= this.#options.from();
    const start = await this.#start;
    const range = await this.#rangeOf(partition);
    const begin = different
      ? ({ kind: 'lost' } as const)
      : whereToBegin(start, partition, range, left.get(partition));
    if (begin.kind === 'lost') {
      logger.warn({ partition, ...range }, 'the log is not the one that was read, it is read anew');
      await replaced?.(partition);
    }
    if (lane.halted.aborted) return;
    lane.begin(begin.kind === 'lost' ? { kind: 'at', position: range.low } : begin);
    this.#resume(partition);
    fetching.seek(partition, begin.kind === 'lost' ? range.low : begin.position);
  }

  async #rangeOf(partition: number): Promise<Range> {
    const range = (await this.#options.ranges()).get(partition);
    if (range === undefined) throw new Error(`the topic has no partition ${partition}`);
    return range;
  }
}
