import {
  concludeBy,
  type RunningStage,
  type StageServices,
  startAskSender,
  startStage,
} from '@cityloop/stage';
import { intakeRules } from './domain/rules.ts';
import { postgresNumbers } from './store/numbers.ts';
import { postgresSources } from './store/sources.ts';
import { postgresVault, type Vault } from './store/vault.ts';
import { type AskHolder, type TakeReport, takeReport } from './take-report.ts';

const SCHEMA = 'intake';

export type Intake = AsyncDisposable & {
  readonly stage: RunningStage;
  readonly report: TakeReport;
  readonly vault: Vault;
};

/** Starts 统一受理: its engine, the vault, source numbers and human numbers. */
export async function startIntake(
  services: StageServices & { readonly ask: AskHolder },
): Promise<Intake> {
  const { db } = services;
  const migrations = new URL('../migrations/', import.meta.url);
  const stage = await startStage(intakeRules, services, { migrations });
  const vault = await postgresVault(db, SCHEMA);
  const report = takeReport({
    engine: stage.engine,
    numbers: postgresNumbers(db, SCHEMA, services.policies.current().districtCode),
    vault,
    sources: postgresSources(db, SCHEMA),
    ask: services.ask,
    nowMs: () => stage.store.nowMs(),
    policy: () => services.policies.current(),
  });
  const asks = startAskSender({
    db,
    schema: SCHEMA,
    deliver: (ask) => services.ask(ask),
    // The one ask it has; its answer ends the merge, one way or the other.
    conclude: concludeBy(stage.engine, ({ incidentId: into }, code) => ({
      verb: 'conclude-merge',
      body: code === undefined ? { into, absorbed: true } : { into, absorbed: false, code },
    })),
    onFailure: (error) => services.logger.warn({ err: error }, 'an ask waits'),
  });
  return {
    stage,
    report,
    vault,
    async [Symbol.asyncDispose]() {
      await asks[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}
