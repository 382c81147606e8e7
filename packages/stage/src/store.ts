import type { HandOverEvent, Incident, IncidentEvent, Stage } from '@cityloop/contracts';
import type { Boarded } from '@cityloop/incident';
import type { TimerRows } from '@cityloop/timers';
import type { Boards } from './boards.ts';
import type { Answer, Refused, Whereabouts } from './work.ts';

/** One row to write: what the incident is at now, over what it was at before. */
export type RowWrite = {
  readonly incidentId: string;
  /** The version the row had (0: there was none); negative for an arrival of that version. */
  readonly base: number;
  readonly version: number;
  readonly since: number;
  readonly custodian: string;
  readonly status?: string | undefined;
  readonly centreId?: string | undefined;
  readonly unitId?: string | undefined;
  /** ISO 8601; when the incident next needs looking at. */
  readonly nextDueAt?: string | undefined;
  /** The units whose assistance is still to come or under way; absent when there is none. */
  readonly assists?: readonly AssistRow[] | undefined;
  /** Whose decisions it waits for, as `seatsAwaited` names them. */
  readonly awaits?: readonly string[] | undefined;
  /** When the lamps of what is held turn. */
  readonly board?: Boarded | undefined;
};

/** Where an assisting unit stands with its own part, in the words of the lead's status. */
export type AssistRow = { readonly unitId: string; readonly status: string };

export type KeyWrite = {
  readonly key: string;
  readonly bodyHash: string;
  readonly answer: Answer | Refused;
};

export type OffsetWrite = {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly eventId: string;
};

export type AskWrite = {
  readonly id: string;
  readonly incidentId: string;
  readonly verb: string;
  readonly body: string;
  readonly key: string;
  /** Our own incident the ask is about. */
  readonly about: string;
};

/** Everything one batch changes, in one transaction. */
export type BatchWrite = {
  readonly rows: readonly RowWrite[];
  /** An incident as it was before the batch, if it was held here then: what its alarm was set by. */
  readonly before?: ((incidentId: string) => Incident | undefined) | undefined;
  readonly keys: readonly KeyWrite[];
  /** How far the log has been read with this batch: the last record of each partition. */
  readonly offsets: readonly OffsetWrite[];
  /** The hand-overs it takes: kept where the log does not have them for good. */
  readonly taken: readonly HandOverEvent[];
  readonly events: readonly IncidentEvent[];
  /** The encoded events, in the same order. */
  readonly bodies: readonly string[];
  /** The incident after each event, for readers of this process. */
  readonly states: readonly Incident[];
  readonly asks: readonly AskWrite[];
};

export type KnownKey = Pick<KeyWrite, 'bodyHash' | 'answer'>;

/** A row moved on, or a key was taken, since the batch was decided: nothing was written. */
export class BatchConflict extends Error {
  readonly reason: 'row' | 'key';
  constructor(reason: 'row' | 'key', options?: ErrorOptions) {
    super(reason === 'row' ? 'an incident has moved on' : 'a command key is taken', options);
    this.name = 'BatchConflict';
    this.reason = reason;
  }
}

/** What the engine needs of storage; the timers are of when incidents need looking at. One store a service; several processes may share it. */
export type StageStore = TimerRows &
  Boards & {
    /** The database's clock, ms, never running backwards within a process. */
    nowMs(): number;
    /** What is known of these incidents; those never seen here are absent. */
    load(ids: readonly string[]): Promise<ReadonlyMap<string, Whereabouts>>;
    /** The row alone, without the state. */
    row(id: string): Promise<Pick<Whereabouts, 'version' | 'custodian'> | undefined>;
    /** The versions of the rows of these incidents; those never seen here are absent. */
    versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
    /**
     * Hand-overs that left between the two instants of the database's clock: the event that passed
     * custody on, by incident and version.
     */
    leftBetween(fromMs: number, toMs: number): Promise<readonly LeftRow[]>;
    /** One recorded event of an incident. */
    event(incidentId: string, version: number): Promise<IncidentEvent | undefined>;
    /**
     * Recorded events of incidents, word for word, each under its incident: those that are in the log. What
     * still waits for that comes there in its turn.
     */
    published(
      events: readonly Pick<LeftRow, 'incidentId' | 'version'>[],
    ): Promise<readonly { readonly key: string; readonly body: string }[]>;
    /** Forgets answers kept longer than `days`; how many. */
    forgetKeys(days: number): Promise<number>;
    /** How far this process's clock is from the database's, ms. */
    skewMs(): number;
    /** What these keys were answered; it is durable, whoever wrote it. */
    findKeys(keys: readonly string[]): Promise<ReadonlyMap<string, KnownKey>>;
    /**
     * Writes the batch durably, all or nothing, and makes its events readable in the log. Throws
     * `BatchConflict` when it was decided on what no longer stands. `onStored` is told when the batch
     * stands and the next may be decided on it, which may be a moment before it is durable.
     */
    commit(batch: BatchWrite, onStored?: () => void): Promise<void>;
    readOffset(topic: string): Promise<readonly OffsetWrite[]>;
    /** Notes down how far has been read where nothing was for this stage; never takes one back. */
    saveOffsets(offsets: readonly OffsetWrite[]): Promise<void>;
    /** Held incidents nothing has happened to since they came, by id. */
    notBegun(limit: number, after?: string): Promise<readonly string[]>;
    /** The partition is another one: its offsets begin anew. */
    forgetOffset(topic: string, partition: number): Promise<void>;
    /** Held rows for a queue of a centre or unit, in the order of their ids. */
    held(filter: HeldFilter): Promise<readonly HeldRow[]>;
    /** Held rows that wait for a decision of any of these seats, by id. */
    awaiting(filter: AwaitingFilter): Promise<readonly HeldRow[]>;
  };

export type LeftRow = {
  readonly incidentId: string;
  readonly version: number;
  readonly custodian: Stage;
  readonly leftMs: number;
};

export type HeldFilter = {
  readonly centreIdPrefix?: string | undefined;
  /** The unit that leads it in one of the statuses, or assists and stands in one of them itself. */
  readonly unitId?: string | undefined;
  readonly statuses: readonly string[];
  readonly limit: number;
  readonly after?: string | undefined;
};

export type AwaitingFilter = {
  readonly seats: readonly string[];
  readonly limit: number;
  readonly after?: string | undefined;
};

export type HeldRow = {
  readonly incidentId: string;
  readonly version: number;
  readonly status: string;
  readonly centreId: string;
  readonly unitId?: string | undefined;
  readonly nextDueAt?: string | undefined;
};
