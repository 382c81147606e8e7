import { maskNumbers } from '@cityloop/intake';

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
    if (prose.has(name) && maskNumbers(data) !== data) yield path;
    return;
  }
  if (typeof data !== 'object' || data === null) return;
  const list = Array.isArray(data);
  for (const [key, value] of Object.entries(data)) {
    yield* proseWithNumbers(value, path === '' ? key : `${path}.${key}`, list ? name : key);
  }
}
