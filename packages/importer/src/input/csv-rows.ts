import { Readable } from 'node:stream';
import { InvalidInput } from '@cityloop/kernel';
import { CsvError, type Parser, parse } from 'csv-parse';
import { type BrokenRow, emptyColumns, RECORD_MAX, type SourceRow } from './row.ts';

type Parsed = {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
  readonly raw: string;
};

/**
 * The records of a CSV text with a header line: byte order mark, quotes with line breaks in them, quotes
 * where none belong, CRLF and empty lines are taken in stride. A record with too few or too many fields
 * is a `BrokenRow` and the next one is read. Throws `InvalidInput` `IMPORT_FILE_BROKEN` at a quote that
 * never closes: what follows it cannot be told apart. Constant memory.
 */
export async function* csvRows(
  text: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<SourceRow | BrokenRow> {
  let broken: BrokenRow | undefined;
  const parser = startParser(text, delimiter, (row) => {
    broken ??= row;
  });
  let header: readonly string[] | undefined;
  for await (const parsed of parser) {
    // What the parser hands over with `info` and `raw` set.
    const { record, info, raw } = parsed as Parsed;
    if (header === undefined) header = checkedHeader(record);
    else if (record.length !== 1 || record[0]?.trim() !== '')
      yield rowOf(header, record, info, raw);
  }
  // Quotes are taken as they stand, so only one that does not close breaks anything: the last record.
  if (broken?.code === 'CSV_MAX_RECORD_SIZE') throw endless(broken.line);
  if (broken !== undefined) yield broken;
}

function startParser(
  text: AsyncIterable<string>,
  delimiter: string,
  onBroken: (row: BrokenRow) => void,
): Parser {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    raw: true,
    max_record_size: RECORD_MAX,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  });
  parser.on('skip', (error: CsvError | undefined, raw: string | undefined) => {
    const lines = error instanceof CsvError ? Number(error['lines'] ?? 0) : 0;
    const text = raw?.trim() ?? '';
    const line = Math.max(1, lines - text.split('\n').length + 1);
    const reason = error?.message ?? 'the record cannot be read as CSV';
    onBroken({ line, code: error?.code ?? 'CSV_BROKEN', reason, text });
  });
  const source = Readable.from(text, { objectMode: false });
  // A failure of the source ends the parser, whose reader it then reaches.
  source.on('error', (error) => parser.destroy(error));
  return source.pipe(parser);
}

function endless(line: number): InvalidInput {
  return new InvalidInput(
    'IMPORT_FILE_BROKEN',
    `a record longer than ${RECORD_MAX} bytes begins near line ${line}: most likely a quote that is never closed; mend the file`,
  );
}

function checkedHeader(record: readonly string[]): readonly string[] {
  const names = record.map((name) => name.trim());
  const doubled = names.find((name, n) => name !== '' && names.indexOf(name) !== n);
  if (doubled === undefined) return names;
  throw new InvalidInput(
    'IMPORT_HEADER_DOUBLED',
    `the header line names “${doubled}” twice: rename one of them`,
  );
}

function rowOf(
  header: readonly string[],
  record: readonly string[],
  info: Parsed['info'],
  raw: string,
): SourceRow | BrokenRow {
  // The parser counts lines up to the end of the record; one begins where it began.
  const inner = raw.trim().split('\n').length - 1;
  const line = Math.max(1, info.lines - inner);
  if (record.length !== header.length) {
    const reason = `${record.length} fields where the header has ${header.length}`;
    return { line, code: 'CSV_FIELDS', reason, text: raw.trim() };
  }
  const columns = emptyColumns();
  header.forEach((name, n) => {
    columns[name] = record[n] ?? '';
  });
  return { line, columns };
}
