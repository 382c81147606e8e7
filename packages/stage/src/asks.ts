import { type IncidentCommand, systemSubject } from '@cityloop/contracts';
import { CityLoopError, Unavailable } from '@cityloop/kernel';
import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Engine } from './engine.ts';
import type { Answer } from './work.ts';

/** One thing a service wants of an incident that another one holds, until it has a final answer. */
export type OpenAsk = {
  readonly id: string;
  readonly incidentId: string;
  readonly verb: string;
  readonly body: unknown;
  /** The same at every try, so that it is done once however often it is sent. */
  readonly key: string;
  readonly about: string;
};

export type AskOutcome =
  | { readonly kind: 'done'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly code: string };

export type AskSenderOptions = {
  readonly db: Database;
  readonly schema: string;
  /** Sends the ask to whoever holds the incident. */
  deliver(ask: OpenAsk): Promise<Answer>;
  /** What the service does with a final answer; may be called twice for one ask. */
  conclude(ask: OpenAsk, outcome: AskOutcome): Promise<void>;
  onFailure?(error: unknown): void;
};

export type AskSender = AsyncDisposable & {
  /** Looks at once instead of at the next round. */
  wake(): void;
};

const ROUND_MS = 500;
const BATCH = 100;
/** Asks under way at once. */
const AT_ONCE = 10;
/** The longest rest before one is sent again, s. */
const REST_MOST_S = 20;
/** Refusals that pass by themselves: the hand-over is on its way, or the row was busy. */
const passing: ReadonlySet<string> = new Set(['IN_TRANSIT', 'NOT_IN_CUSTODY']);

/**
 * Sends the open asks of one service until each has its final answer. Several processes may send the
 * same one: its key makes that harmless.
 */
export function startAskSender(options: AskSenderOptions): AskSender {
  const schema = identifier(options.schema);
  const open = statement(
    `select id, incident_id, verb, body, key, about from ${schema}.ask
     where answered_at is null and next_at <= now() order by next_at limit ${BATCH}`,
  );
  const later = statement(
    `update ${schema}.ask set tries = tries + 1,
       next_at = now() + least(${REST_MOST_S}, 0.5 * power(2, least(tries, 10))) * interval '1 s'
     where id = $1`,
  );
  const answered = statement(
    `update ${schema}.ask set answered_at = now(), code = $2 where id = $1 and answered_at is null`,
  );
  const stop = new AbortController();
  let wake: () => void = () => undefined;

  async function send(ask: OpenAsk): Promise<void> {
    const outcome = await options.deliver(ask).then(
      (answer): AskOutcome => ({ kind: 'done', answer }),
      (error: unknown): AskOutcome => {
        const final =
          error instanceof CityLoopError &&
          !(error instanceof Unavailable) &&
          !passing.has(error.code);
        if (final) return { kind: 'refused', code: error.code };
        throw error;
      },
    );
    await options.conclude(ask, outcome);
    await options.db.execute({
      ...answered,
      values: [ask.id, outcome.kind === 'refused' ? outcome.code : null],
    });
  }

  async function round(): Promise<void> {
    const under: Promise<void>[] = [];
    type Row = Record<'id' | 'incident_id' | 'verb' | 'body' | 'key' | 'about', string>;
    for (const row of await options.db.query<Row>(open)) {
      if (stop.signal.aborted) return;
      const body: unknown = JSON.parse(row.body);
      under.push(
        send({ ...row, incidentId: row.incident_id, body }).catch(async (error: unknown) => {
          options.onFailure?.(error);
          await options.db.execute({ ...later, values: [row.id] });
        }),
      );
      if (under.length === AT_ONCE) await Promise.all(under.splice(0));
    }
    await Promise.all(under);
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => options.onFailure?.(error));
      if (stop.signal.aborted) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ROUND_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const running = run();
  return {
    wake: () => wake(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      wake();
      await running;
    },
  };
}

/**
 * For `conclude`: gives the incident that an ask was about the command which ends it. `code` is why the ask
 * was refused, absent when it was done. Safe to be called twice: the ask's key makes it one command.
 */
export function concludeBy(
  engine: Pick<Engine, 'command'>,
  commandFor: (ask: OpenAsk, code: string | undefined) => IncidentCommand,
): AskSenderOptions['conclude'] {
  return async (ask, outcome) => {
    const code = outcome.kind === 'done' ? undefined : outcome.code;
    await engine.command({
      incidentId: ask.about,
      command: commandFor(ask, code),
      subject: systemSubject,
      key: `${ask.key}/end`,
    });
  };
}
