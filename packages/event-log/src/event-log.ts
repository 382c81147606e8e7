import type { Decoded, Incident, IncidentEvent } from '@cityloop/contracts';

/** The topics of the loop; `design.md` section 6. */
export const topics = {
  incidents: 'incidents',
  policy: 'policy',
  /** Hand-overs that were not taken, once more. */
  again: 'again',
} as const;
export type Topic = (typeof topics)[keyof typeof topics];

/** A place in a topic: a record, or where the next one will stand. */
export type Position = {
  readonly partition: number;
  /** From 1 on; positions ascend within a partition, gaps mean nothing. */
  readonly position: number;
};

/** Where a partition ends: the position the next record will get. */
export type End = Position & {
  /** The earliest record that is still there; the end itself where there is none. */
  readonly first: number;
};

/** The last record of a partition whose effect a reader has stored. */
export type Stored = Position & {
  /** Of the event in it: whether the log still has that record there. Without one it is not compared. */
  readonly eventId?: string | undefined;
};

/** Where a reader begins: behind what it has stored, or with what comes from now on. */
export type Start = readonly Stored[] | 'end';

/** One record as a reader gets it. */
export type LogRecord = {
  readonly partition: number;
  readonly position: number;
  readonly key: string;
  /** The record as text, and as it is stored; made when asked for. */
  readonly body: string;
  readonly bytes: Uint8Array;
  /** Whom it is for, by a look at its first bytes; undefined when that does not tell. */
  addressee(): string | undefined;
  /** What it tells of (`intake.filed`), by the same look. */
  type(): string | undefined;
  /** Which version of its incident it is, by the same look. */
  version(): number | undefined;
  /** The incident after the event, where this process has just written it. */
  readonly after?: Incident | undefined;
  /** The record read as an incident event; decoded at most once a process, whoever asks. */
  decoded(): Decoded;
};

export type Publication = { readonly key: string; readonly body: string };

export type Subscribe = {
  readonly topic: Topic;
  /**
   * Who reads: each partition has one active reader a group, wherever it runs. Without one this reader is
   * on its own and is given all of them.
   */
  readonly group?: string;
  /**
   * For how long records may gather before they are handed over while more are coming, ms; 0 unless told. The
   * first after a rest comes at once. A log that has its records in memory needs no such thing.
   */
  readonly gatherMs?: number;
  /**
   * Where to begin, asked each time partitions become this reader's: what is answered beats whatever the
   * log remembers. A partition that is not named is read from its earliest record.
   */
  from(): Promise<Start>;
  /**
   * Told before such a partition is read from its earliest record because the log has another record, or none,
   * where `from` said one was: it was restored, replaced or has lost it. What is known already falls away by
   * the reader's own arithmetic. A rejection: nothing is read, and `from` is asked again later.
   */
  replaced?(partition: number): Promise<void>;
  /**
   * Takes records of one partition in the order of their positions; its next ones come when it has resolved,
   * those of other partitions may come meanwhile. A rejection delivers the same again, for ever: what can
   * never be taken has to be set aside by the reader.
   */
  onBatch(records: readonly LogRecord[]): Promise<void>;
};

export type Subscription = AsyncDisposable & {
  /** Whether any partition is this reader's at the moment. */
  readonly active: boolean;
  /** How many records stand in the partitions it reads beyond what `onBatch` has resolved for. */
  lag(): Promise<number>;
  /** Milliseconds since it last got on: took a batch, found nothing new, or left it to another reader. */
  silentMs(): number;
};

/**
 * The stream of all that happens. At least once, in order per key, durable when acknowledged. Adapters
 * differ in what carries it; no type of theirs shows here.
 */
export type EventLog = AsyncDisposable & {
  /** Resolves when the records are durable; the order within a key is kept, within and across calls. */
  publish(topic: Topic, records: readonly Publication[]): Promise<void>;
  subscribe(options: Subscribe): Promise<Subscription>;
  /** Records from a position on, for tools; at most `limit`. */
  read(topic: Topic, from: Position, limit: number): Promise<readonly LogRecord[]>;
  /** Where each partition ends now. */
  ends(topic: Topic): Promise<readonly End[]>;
};

/**
 * What a store that is itself the log says when its commit stands and is not yet on disk: as many events
 * from this position on will be announced. What is returned takes it back.
 */
export type Expect = (firstPosition: number, count: number) => () => void;

/** What a store that is itself the log says after its commit, so that readers need not look. */
export type Announce = (
  firstPosition: number,
  events: readonly IncidentEvent[],
  bodies: readonly Buffer[],
  states?: readonly Incident[],
) => void;
