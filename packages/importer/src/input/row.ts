/** One record of the source. `line` is where it begins in the file, from 1. */
export type SourceRow = {
  readonly line: number;
  readonly columns: Readonly<Record<string, string>>;
};

/** A piece of the source that is no record; what it said is kept for the rejected file. */
export type BrokenRow = {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  readonly text: string;
};

/** A record longer than this is taken for a broken one (a quote that never closes), characters. */
export const RECORD_MAX = 256 * 1024;

/** Whether a piece of the source could be read. */
export function isBroken(row: SourceRow | BrokenRow): row is BrokenRow {
  return 'code' in row;
}

/** Words that show the file was read in the wrong encoding; undefined when they do not. */
export function brokenText(columns: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(columns).find((name) => columns[name]?.includes('\ufffd'));
}

/** Columns without any: a name such as `__proto__` is a column like another. */
export function emptyColumns(): Record<string, string> {
  // An object without a prototype is a record of whatever is put in.
  return Object.create(null) as Record<string, string>;
}
