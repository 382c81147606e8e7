import { type BrokenRow, emptyColumns, RECORD_MAX, type SourceRow } from './row.ts';

/**
 * The records of a text with one JSON object a line. Members of nested objects are columns with a
 * dotted name (`place.lat`), lists are their JSON. A line that is no object is a `BrokenRow`.
 */
export async function* ndjsonRows(
  text: AsyncIterable<string>,
): AsyncGenerator<SourceRow | BrokenRow> {
  let number = 0;
  for await (const line of lines(text)) {
    number += 1;
    if (line === undefined) {
      const reason = `the line is longer than ${RECORD_MAX} characters`;
      yield { line: number, code: 'LINE_TOO_LONG', reason, text: '' };
    } else if (line.trim() !== '') {
      yield parsed(number, line);
    }
  }
}

function parsed(line: number, text: string): SourceRow | BrokenRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, code: 'LINE_NOT_JSON', reason: 'the line is not JSON', text };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { line, code: 'LINE_NOT_OBJECT', reason: 'the line is not a JSON object', text };
  }
  const columns = emptyColumns();
  flatten(value, '', columns);
  return { line, columns };
}

function flatten(value: object, prefix: string, into: Record<string, string>): void {
  const members: [string, unknown][] = Object.entries(value);
  for (const [name, member] of members) {
    const column = prefix + name;
    if (member === null || member === undefined) into[column] = '';
    else if (typeof member === 'string') into[column] = member;
    else if (Array.isArray(member)) into[column] = JSON.stringify(member);
    else if (typeof member === 'object') flatten(member, `${column}.`, into);
    else into[column] = String(member);
  }
}

/** Lines without their ends; undefined for one that is too long, which is passed over unread. */
async function* lines(text: AsyncIterable<string>): AsyncGenerator<string | undefined> {
  let rest = '';
  let skipping = false;
  for await (const chunk of text) {
    const pieces = (rest + chunk).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      yield skipping ? undefined : whole(piece);
      skipping = false;
    }
    if (rest.length <= RECORD_MAX) continue;
    skipping = true;
    rest = '';
  }
  if (skipping) yield undefined;
  else if (rest !== '') yield whole(rest);
}

/** The line, without a byte order mark; undefined when it is too long. */
function whole(line: string): string | undefined {
  return line.length > RECORD_MAX ? undefined : line.replace(/^\ufeff/, '');
}
