import type { History } from './load/history.ts';
import type { Recovered, Took } from './nemesis/recovery.ts';
import type { Fault } from './plan/plan.ts';

/** How often, by what. */
export type Counts = Readonly<Record<string, number>>;

/** What a run came to. */
export type ChaosReport = {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: Counts;
  /** Faults that could not be done here, and why. */
  readonly notHere: readonly string[];
  /** Requests of people that were done. */
  readonly accepted: number;
  /** Those refused for good, by code. */
  readonly refused: Counts;
  /** Those given up meanwhile and asked again at the end. */
  readonly unknown: number;
  /** What was answered, or not, before a request was tried again. */
  readonly passing: Counts;
  /** Incidents people brought into the archive, and records the import did. */
  readonly archived: number;
  readonly imported: number;
  /** Incidents people left when a request of theirs was given up. */
  readonly givenUp: number;
  readonly recovery: Recovered;
  readonly violations: readonly string[];
  readonly folder: string;
};

const SHOWN = 40;

export function kindsOf(faults: readonly Fault[]): Counts {
  const names = faults.map(({ kind, harm }) => (harm === undefined ? kind : `${kind} ${harm}`));
  return counted(names);
}

export function countsOf(
  history: History,
): Pick<ChaosReport, 'accepted' | 'refused' | 'unknown' | 'passing'> {
  const outcomes = history.entries().map(([, outcome]) => outcome);
  return {
    accepted: outcomes.filter((outcome) => outcome?.kind === 'ok').length,
    refused: counted(outcomes.flatMap((o) => (o?.kind === 'refused' ? [o.code] : []))),
    unknown: history.unknown(),
    passing: Object.fromEntries([...history.passing].sort(([, a], [, b]) => b - a)),
  };
}

function counted(names: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

const total = (counts: Counts): number => Object.values(counts).reduce((sum, n) => sum + n, 0);
const listed = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ') || '–';

const tookText = (took: Took | undefined): string =>
  took === undefined
    ? '–'
    : `${(took.ms / 1_000).toFixed(1)} s (#${took.fault.n} ${took.fault.kind} ${took.fault.target})`;

/** The report for a terminal. */
export function reportText(report: ChaosReport): string {
  const { faults, refused, passing, violations, recovery } = report;
  return [
    `chaos  seed ${report.seed}, ${report.seconds.toFixed(0)} s`,
    `  故障 faults     ${total(faults)}: ${listed(faults)}`,
    ...report.notHere.map((why) => `  没做 not done   ${why}`),
    `  受理 accepted   ${report.accepted} requests; archived ${report.archived} by people, ${report.imported} by import`,
    `  拒绝 refused    ${total(refused)}: ${listed(refused)}`,
    `  不明 unknown    ${report.unknown}, asked again at the end; ${report.givenUp} incidents left by people`,
    `  重试 retried    ${listed(passing)}`,
    `  恢复 recovery   works after ${tookText(recovery.worked)}, all ready after ${tookText(recovery.ready)}; ${recovery.open} open`,
    `  违反 violations ${violations.length}`,
    ...violations.slice(0, SHOWN).map((one) => `   - ${one}`),
    ...(violations.length > SHOWN ? [`   … and ${violations.length - SHOWN} more`] : []),
    '',
  ].join('\n');
}
