import type { Decoded, Incident, IncidentEvent } from '@cityloop/contracts';

/** The topics of the loop; `design.md` section 6. */
export const topics = {
  incidents: 'incidents',
  policy: 'policy',
  /** Hand-overs that were not taken, once more. */
  again: 'again',
} as const;
export type Topic = (typeof topics)[keyof typeof topics];

/** A place in a topic: everything before it has been read. */
export type Position = {
  readonly partition: number;
  /** The first record not yet read; positions ascend within a partition, gaps mean nothing. */
  readonly position: number;
};

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
  /** The incident after the event, where this process has just written it. */
  readonly after?: Incident | undefined;
  /** The record read as an incident event; decoded at most once a process, whoever asks. */
  decoded(): Decoded;
};

export type Publication = { readonly key: string; readonly body: string };

export type Subscribe = {
  readonly topic: Topic;
  /** Who reads; one active reader a group, wherever it runs. Without one this reader is on its own. */
  readonly group?: string;
  /**
   * Where to begin, asked each time the subscription becomes the active one: what is returned beats
   * whatever the log remembers. An empty list begins at the earliest record.
   */
  from(): Promise<readonly Position[]>;
  /**
   * Takes records in the order of their positions; the next come when it has resolved. A rejection
   * delivers the same again, for ever: what can never be taken has to be set aside by the reader.
   */
  onBatch(records: readonly LogRecord[]): Promise<void>;
};

export type Subscription = AsyncDisposable & {
  readonly active: boolean;
  /** How many records stand in the log beyond what `onBatch` has resolved for. */
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
  /** For each partition the position the next record will get. */
  ends(topic: Topic): Promise<readonly Position[]>;
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
