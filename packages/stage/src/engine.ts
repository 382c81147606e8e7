import type { HandOverEvent, IncidentEvent, Stage } from '@cityloop/contracts';
import { Unavailable } from '@cityloop/kernel';
import type { Outcome } from './decide-batch.ts';
import type { EngineOptions } from './engine-options.ts';
import { HotStates } from './hot-states.ts';
import { keepRefusal } from './keep-refusal.ts';
import { answerTo, answerToCommand, bodyHash, keyId } from './keys.ts';
import { notInCustody, notStored, unknownIncident } from './refusals.ts';
import { type BatchDone, runBatch } from './run-batch.ts';
import { realTiming } from './timing.ts';
import { Waiters } from './waiters.ts';
import {
  type Answer,
  arrivalsFirst,
  type Birth,
  type Command,
  type Place,
  type Whereabouts,
  type Work,
  workId,
} from './work.ts';

/** The most works in one transaction; more only lengthens the answer to the first of them. */
const BATCH_MAX = 1_000;
/** The rest before a database that did not answer is asked again, ms. */
const RETRY_MS = 200;

type Answered = (
  principal: string,
  key: string,
  verb: string,
  incidentId: string,
  body: unknown,
) => Promise<Answer | undefined>;

type HowTaken = { readonly quiet?: boolean; readonly replayed?: boolean };

/** One stage's engine: everything that happens to an incident in it goes through here. */
export type Engine = {
  readonly stage: Stage;
  /** Answers once the command's facts are durable; rejects with the error that says why not. */
  command(command: Command): Promise<Answer>;
  bear(birth: Birth): Promise<Answer>;
  /** Resolves when the hand-over is taken (or was already) and durable. */
  arrive(event: HandOverEvent, place?: Place, how?: HowTaken): Promise<void>;
  /** Takes back an event of this stage's own that the log has; resolves when it is known and durable. */
  recall(event: IncidentEvent, body: string, place: Place): Promise<void>;
  nudge(incidentId: string): Promise<void>;
  /** Does what the stage does of itself about a hand-over that was taken quietly; settles it in any case. */
  begin(incidentId: string): Promise<void>;
  /** What a command with this key was answered, if it was; refuses another body under the key. */
  readonly answered: Answered;
  /** What this service knows of an incident, from memory or its row. */
  whereabouts(incidentId: string): Promise<Whereabouts | undefined>;
  /** Which service has the incident and at which version, as far as this one knows. */
  row(incidentId: string): Promise<Pick<Whereabouts, 'version' | 'custodian'> | undefined>;
  /** Works waiting for a batch. */
  readonly backlog: number;
  /** Finishes what has begun and refuses the rest. */
  stop(): Promise<void>;
};

/**
 * Collect, load, decide, commit, answer. What comes while a commit is in flight becomes the next
 * transaction, so that batches are as large as the load and as small as its absence.
 */
export function createEngine(options: EngineOptions): Engine {
  const { rules, store, probe } = options;
  const hot = new HotStates();
  const { answeredElsewhere } = options;
  const deps = { rules, store, hot, policy: options.policy, probe, answeredElsewhere };
  const timing = options.timing ?? realTiming;
  const waiters = new Waiters(timing, options.transitMs);
  let queue: Work[] = [];
  let running: Promise<void> | undefined;
  /** Resolves when every batch that stands so far is durable and its senders were answered. */
  let answering: Promise<void> = Promise.resolve();
  /** Resolves when the newest batch that stands is durable. */
  let standing: Promise<void> = Promise.resolve();
  let stopped = false;

  function submit(work: Work): void {
    if (stopped) {
      work.reject(new Unavailable('STOPPING', '服务正在停止 / the service is stopping'));
      return;
    }
    queue.push(work);
    goOn();
  }

  function goOn(): void {
    running ??= drain().finally(() => {
      running = undefined;
      if (queue.length > 0) goOn();
    });
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // What has arrived by now and is still to be heard of goes along.
      await new Promise<void>(timing.soon);
      const works = queue.slice(0, BATCH_MAX);
      queue = queue.slice(BATCH_MAX);
      await run(arrivalsFirst(works));
    }
  }

  async function run(works: readonly Work[]): Promise<void> {
    try {
      answerWhenDurable(works, await runBatch(deps, works));
    } catch (error) {
      await failed(works, error);
    }
  }

  /**
   * The next batch does not wait for the disk, the answers do; in the order of the batches, for what
   * one says may rest on the one before.
   */
  function answerWhenDurable(works: readonly Work[], { outcomes, durable }: BatchDone): void {
    standing = durable.catch(() => undefined); // told below
    answering = answering.then(async () => {
      try {
        await durable;
        conclude(works, outcomes);
      } catch (error) {
        probe?.failed(error);
        for (const work of works) hot.drop(workId(work));
        postpone(works, notStored(error));
        if (queue.length > 0) goOn();
      }
    });
  }

  /**
   * The transaction failed. When the database refused it, one work may be at fault: each is given a
   * transaction of its own. When the connection broke, it may have happened all the same: no command
   * is run again behind its sender's back, they are told to repeat (with their key, which makes it
   * safe). Arrivals stay first in line and are tried for ever, so that none is passed over.
   */
  async function failed(works: readonly Work[], error: unknown): Promise<void> {
    probe?.failed(error);
    for (const work of works) hot.drop(workId(work));
    if (error instanceof Unavailable) {
      postpone(works, error);
      await new Promise<void>((resolve) => timing.after(RETRY_MS, resolve));
      return;
    }
    for (const [n, work] of works.entries()) {
      try {
        await alone(work);
      } catch (cause) {
        // What passes is no fault of this work's: it and those behind it keep their order.
        await failed(works.slice(n), cause);
        return;
      }
    }
  }

  /** Arrivals come first next time, unless there is none: then the next start reads them again. */
  function postpone(works: readonly Work[], error: Unavailable): void {
    const again = stopped ? [] : works.filter((work) => work.kind === 'arrival');
    queue = [...again, ...queue];
    for (const work of works) {
      if (stopped || work.kind !== 'arrival') work.reject(notStored(error));
    }
  }

  /** Gives one work a transaction of its own; throws `Unavailable` when nothing was done about it. */
  async function alone(work: Work): Promise<void> {
    try {
      answerWhenDurable([work], await runBatch(deps, [work]));
    } catch (cause) {
      if (cause instanceof Unavailable) throw cause;
      hot.drop(workId(work));
      await refuse(work, cause);
    }
  }

  async function refuse(work: Work, cause: unknown): Promise<void> {
    if (work.kind !== 'arrival' || work.replayed === true || options.setAside === undefined) {
      work.reject(notStored(cause));
      return;
    }
    await options.setAside(work, cause).catch((error: unknown) => {
      throw notStored(error);
    });
    work.resolve();
  }

  function conclude(works: readonly Work[], outcomes: readonly Outcome[]): void {
    for (const [n, outcome] of outcomes.entries()) {
      const work = works[n];
      if (work !== undefined) tell(work, outcome);
    }
  }

  function tell(work: Work, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'done':
        if (work.kind === 'arrival') waiters.wake(work.event.incidentId, submit);
        if (work.kind !== 'command' && work.kind !== 'birth') work.resolve();
        return;
      case 'answer':
        if (work.kind === 'command' || work.kind === 'birth') work.resolve(outcome.answer);
        return;
      case 'refused':
        probe?.refused(outcome.error);
        work.reject(outcome.error);
        return;
      case 'absent':
        void absent(work, outcome.gone);
        return;
    }
  }

  /** The incident is not here: on its way (wait for it), elsewhere (say where), or nowhere (404). */
  async function absent(work: Work, gone: boolean): Promise<void> {
    if (work.kind !== 'command') return;
    const id = work.command.incidentId;
    // Never seen here: most likely the hand-over is a moment behind the answer it followed from.
    if (!waiters.isToAsk(work) && !(gone && waiters.isNew(work))) {
      waiters.add(id, work, submit);
      return;
    }
    try {
      const at = await options.locate?.(id);
      if (at === undefined) throw unknownIncident();
      if (at.custodian === rules.stage) waiters.add(id, work, submit);
      else work.resolve(await repeated(work.command, at.custodian));
    } catch (error) {
      // Who might know restarts: that passes, and it has not waited its time yet.
      if (error instanceof Unavailable && !stopped) {
        waiters.add(id, work, submit, error);
        return;
      }
      probe?.refused(error);
      work.reject(error);
    }
  }

  const answered: Answered = (principal, key, verb, incidentId, body) =>
    answerTo(store, keyId(principal, key), bodyHash(verb, incidentId, body));

  /**
   * What a command was answered that is a repeat: the incident may have come here and, by that very
   * command, gone since the batch looked. Any other is refused, naming who has it.
   */
  async function repeated(given: Command, custodian: Stage): Promise<Answer> {
    const known = () => answerToCommand(store, given);
    const answer = await known();
    if (answer !== undefined) return answer;
    const refusal = notInCustody(custodian);
    const done = (await keepRefusal(store, given, refusal)) ? undefined : await known();
    if (done !== undefined) return done;
    throw refusal;
  }

  /** Submits a work; the promise is its sender's. */
  const does = <T>(what: Omit<Work, 'resolve' | 'reject'>): Promise<T> =>
    new Promise((resolve, reject) => submit({ ...what, resolve, reject } as Work)); // completed here

  return {
    stage: rules.stage,
    command: (command) => does({ kind: 'command', command } as Work),
    bear: (birth) => does({ kind: 'birth', birth } as Work),
    arrive: (event, place, how) => does({ kind: 'arrival', event, place, ...how } as Work),
    recall: (event, body, place) => does({ kind: 'recall', event, body, place } as Work),
    nudge: (incidentId) => does({ kind: 'nudge', incidentId } as Work),
    begin: (incidentId) => does({ kind: 'nudge', incidentId, begin: true } as Work),
    answered,
    async whereabouts(incidentId) {
      // Nobody is shown what the disk may yet lose.
      await standing;
      const known = hot.get(incidentId);
      // Another process may have moved it on.
      const version = known && (await store.versions([incidentId])).get(incidentId);
      if (known !== undefined && known.version === version) return known;
      return (await store.load([incidentId])).get(incidentId);
    },
    row: (incidentId) => store.row(incidentId),
    get backlog() {
      return queue.length;
    },
    async stop() {
      stopped = true;
      waiters.rejectAll(new Unavailable('STOPPING', '服务正在停止 / the service is stopping'));
      await running;
      await answering;
    },
  };
}
