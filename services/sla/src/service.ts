import type { DistrictPack, Incident, PackPerson } from '@cityloop/contracts';
import type { EventLog, Subscription } from '@cityloop/event-log';
import type { Policy } from '@cityloop/incident';
import { CityLoopError } from '@cityloop/kernel';
import { type Database, migrate } from '@cityloop/postgres';
import type { Logger, Metrics } from '@cityloop/runtime';
import type { NoticeDoor } from '@cityloop/service';
import { type Answer, type OpenAsk, startAskSender } from '@cityloop/stage';
import { type Climber, type ClimberOptions, startClimber } from './climber.ts';
import { slaMetrics } from './metrics.ts';
import { noticeDoor } from './notice-door.ts';
import { startReader } from './reader.ts';
import { SCHEMA } from './schema.ts';
import { type SenderOptions, startSender } from './sending/sender.ts';
import { conclusions } from './store/notices.ts';
import { outbox, type Retry, type Way } from './store/outbox.ts';
import { startRetention } from './store/retention.ts';
import { watchedStore } from './store/watched.ts';

/** What the service is given to run on. */
export type SlaServices = {
  readonly db: Database;
  readonly log: EventLog;
  readonly policies: {
    current(): Policy;
    pack(): DistrictPack;
    onChange(listen: () => void): () => void;
  };
  /** The incident as its holder has it, see `ClimberOptions`. */
  readonly holder: (incidentId: string) => Promise<Incident | undefined>;
  /** Asks an incident's holder, whoever it is. */
  readonly ask: (ask: OpenAsk) => Promise<Answer>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How messages leave the house; none do unless told. */
  readonly ways?: SenderOptions['ways'];
  readonly retry?: Retry;
};

/** Given up after some three hours. */
const RETRY: Retry = { most: 12, firstS: 5 };

export type Sla = AsyncDisposable & {
  readonly reader: Subscription;
  /** What has to get on for rungs to be told of, by name. */
  readonly ladders: Readonly<Record<string, Pick<Climber, 'silentMs'>>>;
  readonly door: NoticeDoor;
};

/**
 * Starts the watch over all clocks: reads the marks, climbs the ladders, asks the custodians for each 督办 and tells
 * the people. Disposing stops reading first; what was entered goes on at the next start.
 */
export async function startSla(services: SlaServices): Promise<Sla> {
  const { db, log, logger } = services;
  await migrate(db, { schema: SCHEMA, dir: new URL('../migrations', import.meta.url) });
  await using parts = new AsyncDisposableStack();
  const store = watchedStore(db, SCHEMA);
  const conclude = conclusions(db, SCHEMA);
  const { ways = {}, retry = RETRY } = services;
  const box = outbox(db, SCHEMA, retry);
  const { fired: measured, told } = slaMetrics(services.metrics, db, SCHEMA, store);
  const warn = (what: string) => (error: unknown) => logger.warn({ err: error }, what);
  /** By which ways a person can be reached. */
  function reaching(person: PackPerson | undefined): Way[] {
    if (person === undefined) return [];
    const all: readonly Way[] = ['webhook', 'email'];
    return all.filter((way) => ways[way]?.reaches(person) === true);
  }

  parts.use(startRetention(db, SCHEMA, warn('old notices are kept for now')));
  const sender = parts.use(
    startSender({
      outbox: box,
      ways,
      person: (id) => services.policies.pack().people.find((person) => person.id === id),
      told(channel, result, amount, code) {
        told(channel, result, amount);
        if (result === 'dead' && amount > 0)
          logger.error({ channel, amount, code }, 'notices given up');
      },
      onFailure: warn('notices wait'),
    }),
  );
  const asks = parts.use(
    startAskSender({
      db,
      schema: SCHEMA,
      deliver: (ask) => services.ask(ask),
      async conclude({ key }, outcome) {
        const code = outcome.kind === 'refused' ? outcome.code : undefined;
        await conclude(key, code);
      },
      onFailure: warn('an ask waits'),
    }),
  );
  const climber = parts.use(
    startClimber({
      store,
      holder: services.holder,
      policies: services.policies,
      channelsOf: (personId, directory) => ['in-app', ...reaching(directory.person(personId))],
      onDuty: byRoster,
      fired(rungs) {
        measured(rungs);
        asks.wake();
      },
      onFailure(error) {
        const again = 'an incident is looked at again later';
        // A hand-over takes its time, and one a round and incident would drown what is amiss.
        const passing = error instanceof CityLoopError && error.code === 'IN_TRANSIT';
        if (passing) logger.debug({ err: error }, again);
        else warn(again)(error);
      },
    }),
  );
  const reader = parts.use(
    await startReader({ db, log, schema: SCHEMA, wake: () => climber.wake() }),
  );
  const stop = parts.move();
  return {
    reader,
    ladders: { climber, sender },
    door: noticeDoor(db, SCHEMA, box),
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

/** Those the roster has on duty; everybody with the role where it has none of them. */
const byRoster: ClimberOptions['onDuty'] = (policy, nowMs) => (seat, people) => {
  const onDuty = policy.onDuty(seat, nowMs);
  const told = people.filter(({ id }) => onDuty.includes(id));
  return told.length > 0 ? told : people;
};
