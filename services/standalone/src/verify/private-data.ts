// Not the masking's own patterns, or what it overlooks would be overlooked here as well. Cruder ones:
// mobile numbers, landlines with their area, identity numbers. A local number alone cannot be told
// from others.
const GAP = String.raw`[-\s.·_‐-―()]{0,3}`;
const NUMBERS = [
  String.raw`1[3-9]\d${GAP}\d{4}${GAP}\d{4}`,
  String.raw`0[1-9]\d{1,2}${GAP}[2-9]\d{2,3}${GAP}\d{4}`,
  String.raw`\d{6}${GAP}(?:19|20)\d{2}${GAP}[01]\d[0-3]\d${GAP}\d{3}[\dXx]`,
];
const NUMBER = new RegExp(String.raw`(?<!\d)(?:${NUMBERS.join('|')})(?!\d)`);

// Ids are digits with dashes as well: some read like a number.
const ID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;

/** Members in which people write freely; numbers of other systems and ids are not among them. */
const prose: ReadonlySet<string> = new Set([
  'text',
  'description',
  'answer',
  'requirement',
  'basis',
  'address',
  'task',
]);

/** The paths of texts in which a telephone or identity number stands unmasked. */
export function* proseWithNumbers(data: unknown, path = '', name = ''): Generator<string> {
  if (typeof data === 'string') {
    if (prose.has(name) && NUMBER.test(data.normalize('NFKC').replaceAll(ID, ''))) yield path;
    return;
  }
  if (typeof data !== 'object' || data === null) return;
  const list = Array.isArray(data);
  for (const [key, value] of Object.entries(data)) {
    yield* proseWithNumbers(value, path === '' ? key : `${path}.${key}`, list ? name : key);
  }
}
