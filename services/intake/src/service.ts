import type { IncidentEvent } from '@cityloop/contracts';
import {
  concludeBy,
  type RunningStage,
  type StageServices,
  startAskSender,
  startStage,
} from '@cityloop/stage';
import { intakeRules } from './domain/rules.ts';
import { type Numbers, postgresNumbers } from './store/numbers.ts';
import { postgresSources, type Sources } from './store/sources.ts';
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
  const numbers = postgresNumbers(db, SCHEMA, services.policies.current().districtCode);
  const sources = postgresSources(db, SCHEMA);
  await using parts = new AsyncDisposableStack();
  const stage = parts.use(
    await startStage(intakeRules, services, {
      migrations,
      recalled: (events) => takeBack(events, { numbers, sources }),
    }),
  );
  const vault = await postgresVault(db, SCHEMA);
  const report = takeReport({
    engine: stage.engine,
    numbers,
    vault,
    sources,
    ask: services.ask,
    nowMs: () => stage.store.nowMs(),
    policy: () => services.policies.current(),
  });
  parts.use(
    startAskSender({
      db,
      schema: SCHEMA,
      deliver: (ask) => services.ask(ask),
      // The one ask it has; its answer ends the merge, one way or the other.
      conclude: concludeBy(stage.engine, ({ incidentId: into }, code) => ({
        verb: 'conclude-merge',
        body: code === undefined ? { into, absorbed: true } : { into, absorbed: false, code },
      })),
      onFailure: (error) => services.logger.warn({ err: error }, 'an ask waits'),
    }),
  );
  const stop = parts.move();
  return {
    stage,
    report,
    vault,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

/**
 * What hangs on reports that are taken back from the log: their numbers are given, their source numbers
 * stand for them again. Who the callers were is nowhere but in the vault, and lost with it.
 */
async function takeBack(
  events: readonly IncidentEvent[],
  { numbers, sources }: { readonly numbers: Numbers; readonly sources: Sources },
): Promise<void> {
  const born = events.flatMap((event) =>
    event.type === 'intake.reported' ? [event.data.incident] : [],
  );
  if (born.length === 0) return;
  await numbers.given(born.map(({ number }) => number));
  for (const { id, demands } of born) {
    const [first] = demands;
    if (first?.externalNumber === undefined) continue;
    const { channel, externalNumber: number } = first;
    const holder = await sources.claim({ channel, number, incidentId: id });
    // A later report that follows an archived one took the number over.
    if (holder !== id) await sources.pass({ channel, number, incidentId: id }, holder);
  }
}
