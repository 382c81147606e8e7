import type { Finding, Verdict } from './findings.ts';
import type { Report } from './run.ts';

const count = (n: number): string => n.toLocaleString('en-US');

/** The report for a terminal. */
export function reportText(report: Report, database: string): string {
  const { log, verdicts, notes, ok, seconds } = report;
  const end =
    log.endsAt === undefined ? 'empty' : `${count(log.position)} events, to ${log.endsAt}`;
  return [
    `verify-run  ${database}  log: ${end}`,
    ...verdicts.flatMap(verdictLines),
    ...(notes.length === 0 ? [] : ['另记 notes', ...notes.map((note) => `   ${note}`)]),
    `${ok ? '全部成立 in order' : `${count(total(verdicts))} 处违反 violations`} (${seconds.toFixed(1)} s)`,
    '',
  ].join('\n');
}

function verdictLines({ id, title, looked, found, findings }: Verdict): string[] {
  const at = Object.entries(looked).map(([what, n]) => `${count(n)} ${what}`);
  const more = found - findings.length;
  return [
    `${found === 0 ? '✓' : '✗'} ${id} ${title}`,
    `   ${at.length === 0 ? 'nothing to look at' : at.join(', ')}${found === 0 ? '' : `: ${count(found)} found`}`,
    ...findings.map((finding) => `   - ${findingText(finding)}`),
    ...(more > 0 ? [`   … and ${count(more)} more`] : []),
  ];
}

function findingText({ incidentId, version, what }: Finding): string {
  if (incidentId === undefined) return what;
  return `${incidentId}${version === undefined ? '' : `/${version}`}  ${what}`;
}

function total(verdicts: readonly Verdict[]): number {
  return verdicts.reduce((sum, { found }) => sum + found, 0);
}
