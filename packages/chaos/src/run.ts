import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { checkAnswers, checkEnds } from './check/answers.ts';
import { readLedger } from './check/ledger.ts';
import { untilReady, untilVerified } from './check/quiet.ts';
import { checkRepeats, settleUnknown } from './check/repeats.ts';
import { type Client, createClient } from './load/client.ts';
import { type History, openHistory } from './load/history.ts';
import { type Importing, startImporting } from './load/importing.ts';
import { type AtWork, startWork } from './load/people.ts';
import { inflict } from './nemesis/nemesis.ts';
import { watchRecovery } from './nemesis/recovery.ts';
import { faultText, planFaults } from './plan/plan.ts';
import { type ChaosReport, countsOf, kindsOf } from './report.ts';
import type { World } from './world/world.ts';

export type RunOptions = {
  readonly world: World;
  /** For the history, the plan and the files that are imported. */
  readonly folder: string;
  readonly minutes: number;
  readonly seed: number;
  readonly people: number;
  say(line: string): void;
};

/** A client tries so long before it gives a request up, ms; longer than most faults, not than all. */
const PATIENCE_MS = 45_000;
/** What the system has to come to rest once all faults are healed, ms; and for what is asked of it then. */
const REST_MS = 120_000;

/**
 * Drives a system through the faults its seed makes, lets it come to rest, and checks it. Leaves in the folder:
 * `history.jsonl` (what clients asked and were told), `plan.txt`, `import/` and `report.json`.
 */
export async function runChaos(options: RunOptions): Promise<ChaosReport> {
  const { world, folder, minutes, seed, say } = options;
  const startMs = performance.now();
  const plan = planFaults({ seed, minutes, targets: world.targets });
  await mkdir(join(folder, 'import'), { recursive: true });
  await writeFile(join(folder, 'plan.txt'), `${plan.map(faultText).join('\n')}\n`);
  await using history = openHistory(join(folder, 'history.jsonl'));
  await using recovery = watchRecovery(world);
  const { worked } = recovery;
  const client = createClient({ urls: world.urls, history, patienceMs: PATIENCE_MS, worked });
  const work = startWork(client, { seed, people: options.people });
  const importing = startImporting(world.urls, join(folder, 'import'), seed);

  const faults = await inflict({ world, plan, recovery, say });
  await after(Math.max(0, startMs + minutes * 60_000 - performance.now()));
  say('all faults are healed; waiting for quiet / 故障已全部恢复，等待安静');
  const violations = [
    ...faults.failed.map(({ fault, why }) => `fault #${fault.n} ${fault.kind}: ${why}`),
    ...(await comeToRest(world, work, importing)),
    ...(await check({ world, history, client, work, importing })),
  ];
  const report: ChaosReport = {
    seed,
    seconds: (performance.now() - startMs) / 1_000,
    faults: kindsOf(faults.done),
    notHere: world.notHere,
    ...countsOf(history),
    archived: work.archived.length,
    imported: importing.numbers.length,
    givenUp: work.givenUp.length,
    recovery: recovery.recovered(),
    violations,
    folder,
  };
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

/** Those at work come to the end of what they have begun, and everything is ready again. */
async function comeToRest(
  world: World,
  work: AtWork,
  importing: Importing,
): Promise<readonly string[]> {
  await Promise.all([work.goHome(), importing.stop()]);
  const missing = await untilReady(world, REST_MS);
  return [
    ...missing.map((id) => `${id} is not ready ${REST_MS / 1_000} s after the last fault`),
    ...work.stuck.map((why) => `stuck: ${why}`),
    ...importing.complaints.map((why) => `import: ${why}`),
  ];
}

type Checked = {
  readonly world: World;
  readonly history: History;
  readonly client: Client;
  readonly work: AtWork;
  readonly importing: Importing;
};

async function check(run: Checked): Promise<readonly string[]> {
  const { world, history, client, work, importing } = run;
  await settleUnknown(client, history);
  const repeated = await checkRepeats(client, history);
  if (world.data === undefined) return repeated;
  const { violations } = await untilVerified(world.data, REST_MS);
  const ledger = await readLedger(world.data.databaseUrl);
  return [
    ...repeated,
    ...violations,
    ...checkAnswers(history.entries(), ledger),
    ...checkEnds(work.archived, importing.numbers, ledger),
  ];
}
