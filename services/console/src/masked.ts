/** Members in which people write freely; codes, numbers of other systems and ids are not among them. */
const PROSE: ReadonlySet<string> = new Set([
  'text',
  'answer',
  'requirement',
  'basis',
  'address',
  'task',
]);

/**
 * A body with telephone and identity numbers masked wherever people write; `original` has the words
 * that were changed, as they were.
 */
export function masked<Body extends object>(
  body: Body,
  mask: (text: string) => string,
): { readonly body: Body; readonly original?: string | undefined } {
  const changed: string[] = [];
  const clean = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') {
      if (!PROSE.has(name)) return value;
      const safe = mask(value);
      if (safe !== value) changed.push(value);
      return safe;
    }
    if (Array.isArray(value)) return value.map((item) => clean(item, name));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item, key)]));
  };
  // Only texts are replaced by texts.
  const safe = clean(body, '') as Body;
  return changed.length === 0 ? { body: safe } : { body: safe, original: changed.join('\n') };
}
