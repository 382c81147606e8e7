import { breaking, type Change, type Changes, type Compare, isSame, widening } from './change.ts';
import { objectChanges } from './compatibility-objects.ts';
import { valueChanges } from './compatibility-values.ts';
import { publishedTypes } from './json-schemas.ts';
import { isJsonObject, type Json, type JsonObject } from './json-value.ts';

/**
 * What a change of a schema does to those who read. Two things have to hold, since records stay for
 * years and readers are not all deployed at once:
 *
 * 1. whatever was recorded under the old schema is read by the new one (today's code, the past);
 * 2. whatever is recorded under the new schema is read by who knows the old one only, and ignores
 *    members and types they do not know (a consumer, or our own build of yesterday after a roll-back).
 *
 * So a type may come, and an optional member may come. `breaking`: a type or member goes or is renamed,
 * a required member comes, an optional one becomes required or the other way round, a type changes,
 * values are narrowed, a closed object gets a member; it is never published under the old name.
 * `widening`: more values than before (an enumeration gets one, a limit is raised, a pattern goes). The
 * past stays readable, but readers must know before the first of them is sent; so it is published on
 * purpose only. Whatever cannot be proven to be neither is `breaking`.
 */
export type Finding = Change & {
  /** The type on the wire. */
  readonly type: string;
};

/** What is said about a schema without changing what fits it. */
const annotations: ReadonlySet<string> = new Set(['description', 'title', 'examples', '$comment']);
const understood: ReadonlySet<string> = new Set([
  ...['$ref', 'allOf', 'anyOf', 'type', 'const', 'enum', 'format', 'pattern'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum'],
  ...['exclusiveMinimum', 'exclusiveMaximum', 'properties', 'required', 'additionalProperties'],
  ...['propertyNames', 'items'],
]);

/** The schema itself: references followed, a single `allOf` opened, annotations left out. */
function resolved(schema: Json | undefined, document: JsonObject): JsonObject {
  if (schema === undefined || schema === true) return {};
  if (!isJsonObject(schema)) return { not: {} };
  const { $ref } = schema;
  if (typeof $ref === 'string') {
    const { definitions = {} } = document;
    const named = (definitions as JsonObject)[$ref.slice($ref.lastIndexOf('/') + 1)];
    if (named === undefined) throw new RangeError(`${$ref} refers to nothing`);
    return resolved(named, document);
  }
  const told = Object.entries(schema).filter(([name]) => !annotations.has(name));
  const [[only, parts] = []] = told;
  return told.length === 1 && only === 'allOf' && Array.isArray(parts) && parts.length === 1
    ? resolved(parts[0] as Json, document)
    : Object.fromEntries(told);
}

/** Branches are compared one by one; each of the old ones has to be there still, as it was. */
const branchChanges: Changes = (from, to, path, compare) => {
  const [before, after] = [branchesOf(from), branchesOf(to)];
  if (before === undefined || after === undefined) {
    return [breaking(path, 'it is put together in another way')];
  }
  const gone = before.filter((old) => !after.some((now) => compare(old, now, path).length === 0));
  const come = after.length - (before.length - gone.length);
  return [
    ...gone.map(() => breaking(path, 'one of its alternatives went or changed')),
    ...(gone.length === 0 && come > 0 ? [widening(path, 'it has one more alternative')] : []),
  ];
};

/** A schema that is its alternatives and nothing else, or the only alternative there is. */
function branchesOf(schema: JsonObject): readonly Json[] | undefined {
  const { anyOf } = schema;
  if (anyOf === undefined) return [schema];
  return Array.isArray(anyOf) && Object.keys(schema).length === 1 ? anyOf : undefined;
}

/** All parts of an `allOf` hold at once; each is held against the one in its place. */
function partChanges(from: Json, to: Json | undefined, path: string, compare: Compare): Change[] {
  if (!Array.isArray(from) || !Array.isArray(to) || from.length !== to.length) {
    return [breaking(path, 'it is put together in another way')];
  }
  return from.flatMap((part: Json, n) => compare(part, to[n] as Json, path));
}

/** Equal, and not by a name behind which something may have changed. */
const isSettled = (from: Json | undefined, to: Json | undefined): boolean =>
  isSame(from, to) && !(JSON.stringify(from) ?? '').includes('"$ref"');

const schemaChanges: Changes = (from, to, path, compare) => {
  if (isSettled(from, to)) return [];
  const strange = [...Object.keys(from), ...Object.keys(to)].find(
    (name) => !understood.has(name) && !isSettled(from[name], to[name]),
  );
  if (strange !== undefined) {
    return [breaking(path, `nothing can be proven about "${strange}"`)];
  }
  if (from['anyOf'] !== undefined || to['anyOf'] !== undefined) {
    return branchChanges(from, to, path, compare);
  }
  const { allOf = [] } = from;
  return [
    ...partChanges(allOf, to['allOf'] ?? [], path, compare),
    ...valueChanges(from, to, path, compare),
    ...objectChanges(from, to, path, compare),
  ];
};

function changesOf(name: string, before: JsonObject, after: JsonObject): readonly Change[] {
  // A schema that refers to itself is under comparison already when it is met again.
  const met = new Set<string>();
  const compare: Compare = (from, to, path) => {
    const refs = [from, to].map((s) => (isJsonObject(s) ? s['$ref'] : undefined));
    const pair = refs.every((ref) => typeof ref === 'string') ? refs.join(' ') : undefined;
    if (pair !== undefined && met.has(pair)) return [];
    if (pair !== undefined) met.add(pair);
    const changes = schemaChanges(resolved(from, before), resolved(to, after), path, compare);
    if (pair !== undefined) met.delete(pair);
    return [...changes];
  };
  const here = { $ref: `#/definitions/${name}` };
  return compare(here, here, '');
}

/**
 * What has changed between the schemas that were published and those that are to be, type by type;
 * empty when every reader of either can go on. Types that are new are no change.
 */
export function findChanges(published: JsonObject, current: JsonObject): readonly Finding[] {
  const now = new Set(publishedTypes(current));
  return publishedTypes(published).flatMap((type): readonly Finding[] => {
    if (!now.has(type)) {
      return [
        { kind: 'breaking', type, path: '', change: 'the type is gone, its records are not' },
      ];
    }
    return changesOf(type, published, current).map((change) => ({ ...change, type }));
  });
}

/** A finding as a sentence that says what to do. */
export function sayFinding({ kind, type, path, change }: Finding): string {
  const where = path === '' ? type : `${type}: ${path}`;
  return kind === 'breaking'
    ? `${where}: ${change}. This breaks readers: publish it as a new type, ${type.replace(/\d+$/, (n) => `${Number(n) + 1}`)}`
    : `${where}: ${change}. Readers have to know first: publish it on purpose with --widen`;
}
