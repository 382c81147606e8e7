import type {
  HandOverEvent,
  Incident,
  IncidentCommand,
  IncidentEvent,
  NewEvent,
  Stage,
  Status,
  Subject,
} from '@cityloop/contracts';
import type { Context } from '@cityloop/incident';

/** A command as it reaches the engine: parsed, its sender authenticated. */
export type Command = {
  readonly incidentId: string;
  readonly command: IncidentCommand;
  readonly subject: Subject;
  /** The sender's idempotency key. */
  readonly key?: string | undefined;
  /** The version the sender acted on (`If-Match`). */
  readonly ifMatch?: number | undefined;
  readonly traceparent?: string | undefined;
  /**
   * Sent by an import: only then is it done at its `occurredAt`, or without one on the incident's own
   * time. Anybody else acts now, which makes an imported incident live; their `occurredAt` is shown,
   * never counted.
   */
  readonly importing?: boolean | undefined;
  /** Sent before under its key, and nobody knows what became of that: it may still be under way. */
  readonly repeated?: boolean | undefined;
};

/** Makes an incident: intake's own kind of work. */
export type Birth = {
  readonly incidentId: string;
  readonly subject: Subject;
  readonly key?: string | undefined;
  /** What the key stands for: another body under the same key is refused. */
  readonly body: unknown;
  readonly occurredAt?: string | undefined;
  readonly traceparent?: string | undefined;
  /**
   * The events of the birth, `intake.reported` first; refuses with an error. Pure: whatever had to be
   * waited for (a number, the vault's token) was fetched before.
   */
  decide(ctx: Context): readonly NewEvent[];
};

/** What a command was answered with; the same for every repeat of it. */
export type Answer = {
  readonly id: string;
  readonly number: string;
  readonly version: number;
  readonly status: Status;
  readonly custodian: Stage;
  readonly dueAt?: string | undefined;
};

/** A refusal that stands for good under its key. */
export type Refused = {
  readonly refused: {
    readonly name: string;
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
};

type Settle<T> = {
  resolve(value: T): void;
  reject(error: unknown): void;
};

/** Where a record stands in the log. */
export type Place = { readonly partition: number; readonly position: number };

/** One thing to do about one incident. All of it takes the same road. */
export type Work =
  | ({ readonly kind: 'command'; readonly command: Command } & Settle<Answer>)
  | ({ readonly kind: 'birth'; readonly birth: Birth } & Settle<Answer>)
  /** A hand-over to this stage, with its place in the log. */
  | ({
      readonly kind: 'arrival';
      readonly event: HandOverEvent;
      /** Absent when it was published once more: then it moves no offset. */
      readonly place?: Place | undefined;
      /** Only that it came: what the stage does about it may be known already. */
      readonly quiet?: boolean | undefined;
      /** It was set aside once: if it is refused again, its sender is told, who keeps it. */
      readonly replayed?: boolean | undefined;
    } & Settle<void>)
  /** An event of this stage's own that the log has and its database may have lost. */
  | ({
      readonly kind: 'recall';
      readonly event: IncidentEvent;
      /** As it was published. */
      readonly body: string;
      readonly place: Place;
    } & Settle<void>)
  /**
   * An alarm: just a nudge to settle. With `begin` the stage does what it does of itself when an incident
   * comes, if nothing has happened to it since.
   */
  | ({
      readonly kind: 'nudge';
      readonly incidentId: string;
      readonly begin?: boolean | undefined;
    } & Settle<void>);

/** What a service knows of an incident: it holds it, or to whom and at which version it went. */
export type Whereabouts = {
  readonly version: number;
  /** The version of the hand-over (or birth) that brought it here last. */
  readonly since: number;
  readonly custodian: Stage;
  /** Present while this service holds it. */
  readonly incident?: Incident | undefined;
};

/** The incident a work is about. */
export function workId(work: Work): string {
  switch (work.kind) {
    case 'arrival':
    case 'recall':
      return work.event.incidentId;
    case 'birth':
      return work.birth.incidentId;
    case 'command':
      return work.command.incidentId;
    case 'nudge':
      return work.incidentId;
  }
}

/**
 * A command often comes together with the hand-over it waits for, and a moment before it: taken in this
 * order it need not wait for another batch. Whoever holds an incident gets no hand-over of it.
 */
export function arrivalsFirst(works: readonly Work[]): readonly Work[] {
  const read = works.filter(isRead);
  if (read.length === 0) return works;
  return [...read, ...works.filter((work) => !isRead(work))];
}

/** Whether the log told of it; such works keep their order among each other. */
function isRead({ kind }: Work): boolean {
  return kind === 'arrival' || kind === 'recall';
}
