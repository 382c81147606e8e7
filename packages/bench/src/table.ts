/** A table for a terminal: the first column to the left, figures to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join(
    '\n',
  );
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A count or a rate, `12,345`; a dash when there is none. */
export const count = (value: number): string =>
  Number.isFinite(value) ? whole.format(value) : '–';

/** A figure with one digit behind the point; a dash when there is none. */
export const tenths = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '–');

/** How many times `base` a value is, `1.25 ×`; a dash when either is missing. */
export const times = (value: number, base: number): string =>
  Number.isFinite(value / base) ? `${(value / base).toFixed(2)} ×` : '–';

/** A multiple that was aimed for, with whether it was reached; a dash when it was not measured. */
export const verdict = (multiple: number, reached: boolean): string =>
  Number.isFinite(multiple) ? `${times(multiple, 1)}, ${reached ? 'met' : 'NOT met'}` : '–';

/** Bytes as mebibytes. */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
