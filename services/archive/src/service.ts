import { setTimeout as sleep } from 'node:timers/promises';
import {
  type LogCopy,
  type LogRecord,
  type PostgresEventLog,
  type Subscription,
  startCopy,
} from '@cityloop/event-log';
import { Unavailable } from '@cityloop/kernel';
import {
  type Answer,
  concludeBy,
  type OpenAsk,
  type RunningStage,
  type StageServices,
  startAskSender,
  startStage,
} from '@cityloop/stage';
import { archiveRules } from './domain/rules.ts';
import { type Ledger, postgresLedger } from './store/ledger.ts';

const SCHEMA = 'archive';
/** Where the ledger keeps the words of a log that stands elsewhere. */
const WORDS = 'ledger';
/** How long records gather before they are sealed: a block for each event would cost more than the event. */
const GATHER_MS = 100;
/** As many make a block at once. */
const ENOUGH = 500;

export type Archive = AsyncDisposable & {
  readonly stage: RunningStage;
  readonly ledger: Ledger;
  readonly keeper: Subscription;
  /** What fills the ledger, where the log stands elsewhere. */
  readonly filler?: Subscription;
};

/** Starts 评价归档: its engine, and the ledger that seals every event of the loop. */
export async function startArchive(
  services: StageServices & { readonly ask: (ask: OpenAsk) => Promise<Answer> },
): Promise<Archive> {
  const { db, logger, shared } = services;
  const migrations = new URL('../migrations/', import.meta.url);
  await using parts = new AsyncDisposableStack();
  const stage = parts.use(await startStage(archiveRules, services, { migrations }));
  const copy = shared === undefined ? parts.use(await words(services)) : undefined;
  const log = (copy?.log ?? shared) as PostgresEventLog; // one of them is there
  const ledger = postgresLedger(db, { schema: SCHEMA, logSchema: log.schema });

  async function seal(records: readonly LogRecord[]): Promise<void> {
    const gaps = await ledger.append(records).catch((error: unknown) => {
      logger.error({ err: error }, 'ledger cannot take a batch');
      throw error;
    });
    if (gaps.length > 0) logger.error({ gaps }, 'events came without the version before them');
    if (records.length < ENOUGH) await sleep(GATHER_MS);
  }

  const keeper = parts.use(
    await log.subscribe({
      topic: 'incidents',
      group: 'ledger',
      from: () => ledger.lastSealed(),
      async replaced() {
        const error = new Unavailable(
          'LEDGER_OF_ANOTHER_LOG',
          '账册封存的不是这份日志 / the ledger has sealed another log',
        );
        logger.error({ err: error }, 'nothing is sealed: the log was replaced or damaged');
        throw error;
      },
      onBatch: seal,
    }),
  );
  parts.use(
    startAskSender({
      db,
      schema: SCHEMA,
      deliver: (ask) => services.ask(ask),
      // The one ask it has; its answer ends the un-merging, one way or the other.
      conclude: concludeBy(stage.engine, ({ incidentId: from }, code) => ({
        verb: 'conclude-unmerge',
        body: code === undefined ? { from, released: true } : { from, released: false, code },
      })),
      onFailure: (error) => logger.warn({ err: error }, 'an ask waits'),
    }),
  );
  const stop = parts.move();
  return {
    stage,
    ledger,
    keeper,
    ...(copy === undefined ? {} : { filler: copy.reader }),
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

function words({ db, log, logger }: StageServices): Promise<LogCopy> {
  return startCopy({
    db,
    schema: WORDS,
    of: log,
    onUnreadable: (records) =>
      logger.error(
        { records: records.map(({ partition, position }) => ({ partition, position })) },
        'records that name no event are kept aside of the ledger',
      ),
  });
}
