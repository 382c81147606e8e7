import { isJsonObject, type Json, type JsonObject } from './json-value.ts';

/** One change of a schema; `compatibility.ts` says what the kinds mean. */
export type Change = {
  readonly kind: 'breaking' | 'widening';
  /** Where, such as `data.dossier.status`; `[]` an item, `{}` any member of a record. */
  readonly path: string;
  /** What changed, in words. */
  readonly change: string;
};

/** Compares two schemas at a path, and what is below them. */
export type Compare = (from: Json | undefined, to: Json | undefined, path: string) => Change[];
export type Changes = (
  from: JsonObject,
  to: JsonObject,
  path: string,
  compare: Compare,
) => readonly Change[];

export const breaking = (path: string, change: string): Change => ({
  kind: 'breaking',
  path,
  change,
});
export const widening = (path: string, change: string): Change => ({
  kind: 'widening',
  path,
  change,
});

/** Equal whatever the order of members. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item: Json, n) => isSame(item, b[n] as Json));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSame(a[name], b[name]));
}
