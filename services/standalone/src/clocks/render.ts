import { type Cell, type Comparison, rate } from './comparison.ts';

const percent = (share: number | undefined): string =>
  share === undefined ? '–' : `${(share * 100).toFixed(1)} %`;

/** Chinese words take two columns of a terminal. */
const width = (text: string): number =>
  [...text].reduce((sum, letter) => sum + ((letter.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 0);
const padded = (text: string, to: number): string =>
  text + ' '.repeat(Math.max(0, to - width(text)));

const HEAD = [
  ...['计时数 clocks', '按期率原 before', '按期率新 after', '期限变 moved'],
  ...['转超时 to late', '转按期 to on time'],
];

/** The comparison for a terminal: by clock, by centre, by category. */
export function comparisonText(comparison: Comparison, policy: string): string {
  const { incidents, flipped, left, unread } = comparison;
  return [
    `按 ${policy} 重算 replayed: ${incidents} incidents, ${flipped} of them come out otherwise`,
    ...section('计时 clock', comparison.by('clock')),
    ...section('中心 centre', comparison.by('centreId')),
    ...section('类别 category', comparison.by('categoryCode')),
    ...(left > 0
      ? [
          `新政策无对应条目或属战时时限，照旧 no row in the policy, or set by a mode: ${left} clocks, left as they were`,
        ]
      : []),
    ...(unread > 0 ? [`本版本读不了 events this build cannot read: ${unread}`] : []),
  ].join('\n');
}

function section(title: string, rows: ReadonlyMap<string, Readonly<Cell>>): string[] {
  const table = [[title, ...HEAD], ...[...rows].map(([name, cell]) => [name, ...figures(cell)])];
  const widths = [title, ...HEAD].map((_, n) =>
    Math.max(...table.map((row) => width(row[n] ?? ''))),
  );
  return [
    '',
    ...table.map((row) =>
      row
        .map((text, n) => padded(text, widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  ];
}

function figures(cell: Readonly<Cell>): string[] {
  const { clocks, onTimeBefore, lateBefore, onTimeAfter, lateAfter, moved, toLate, toOnTime } =
    cell;
  return [
    `${clocks}`,
    percent(rate(onTimeBefore, lateBefore)),
    percent(rate(onTimeAfter, lateAfter)),
    `${moved}`,
    `${toLate}`,
    `${toOnTime}`,
  ];
}

const COLUMNS = [
  ...['clocks', 'onTimeBefore', 'lateBefore', 'onTimeAfter', 'lateAfter'],
  ...['toLate', 'toOnTime', 'moved'],
] as const;

/** One line a clock, centre and category; numbers only, so that nothing needs quoting but the names. */
export function comparisonCsv({ cells }: Pick<Comparison, 'cells'>): string {
  const quoted = (text: string): string =>
    /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = cells.map(({ key, cell }) =>
    [
      ...[key.clock, key.centreId, key.categoryCode].map(quoted),
      ...COLUMNS.map((name) => cell[name as keyof Cell]),
    ].join(','),
  );
  return [`clock,centreId,categoryCode,${COLUMNS.join(',')}`, ...lines, ''].join('\n');
}
