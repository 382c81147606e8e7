import { behind, type Subscription } from '@cityloop/event-log';
import { type RunningStage, type StageServices, startStage } from '@cityloop/stage';
import { archiveRules } from './domain/rules.ts';
import { type Ledger, postgresLedger } from './store/ledger.ts';

const SCHEMA = 'archive';

export type Archive = AsyncDisposable & {
  readonly stage: RunningStage;
  readonly ledger: Ledger;
  readonly keeper: Subscription;
};

/** Starts 评价归档: its engine, and the ledger that keeps every event of the loop. */
export async function startArchive(services: StageServices): Promise<Archive> {
  const { db, log, logger } = services;
  const migrations = new URL('../migrations/', import.meta.url);
  const stage = await startStage(archiveRules, services, { migrations });
  const ledger = postgresLedger(db, SCHEMA);
  const keeper = await log.subscribe({
    topic: 'incidents',
    group: 'ledger',
    from: async () => behind(log, 'incidents', await ledger.lastRead()),
    async onBatch(records) {
      const gaps = await ledger.append(records).catch((error: unknown) => {
        logger.error({ err: error }, 'ledger cannot take a batch');
        throw error;
      });
      if (gaps === undefined) return;
      logger.error({ gaps }, 'versions are missing: set aside, not in the ledger');
    },
  });
  return {
    stage,
    ledger,
    keeper,
    async [Symbol.asyncDispose]() {
      await keeper[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}
