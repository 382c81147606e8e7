import { breaking, type Changes, widening } from './change.ts';
import { isJsonObject, type Json, type JsonObject } from './json-value.ts';

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const membersOf = ({ properties }: JsonObject): JsonObject =>
  isJsonObject(properties) ? properties : {};

const requiredOf = ({ required }: JsonObject): ReadonlySet<Json> =>
  new Set(Array.isArray(required) ? (required as readonly Json[]) : []);

const isClosed = (schema: JsonObject): boolean => schema['additionalProperties'] === false;

const namedMembers: Changes = (from, to, path, compare) => {
  const [before, after] = [membersOf(from), membersOf(to)];
  const [had, has] = [requiredOf(from), requiredOf(to)];
  const names = new Set([
    ...Object.keys(before),
    ...Object.keys(after),
    ...[...had, ...has].map(String),
  ]);
  return [...names].flatMap((name) => {
    const at = below(path, name);
    const [old, now] = [before[name], after[name]];
    const became = memberChange({ old, now, had: had.has(name), has: has.has(name) });
    if (became !== undefined) return [breaking(at, became)];
    if (old !== undefined) return compare(old, now, at);
    return isClosed(from) ? [breaking(at, 'it comes to an object that was closed')] : [];
  });
};

type Member = {
  readonly old: Json | undefined;
  readonly now: Json | undefined;
  readonly had: boolean;
  readonly has: boolean;
};

function memberChange({ old, now, had, has }: Member): string | undefined {
  if (old !== undefined && now === undefined) return 'the member is gone or renamed';
  if (!had && has) {
    return old === undefined
      ? 'it is new and required, and what was recorded lacks it'
      : 'it becomes required, and what was recorded may lack it';
  }
  return had && !has ? 'it was always there and may be missing now' : undefined;
}

/** What may stand beside the named members: nothing, anything, or values of one schema under any name. */
const otherMembers: Changes = (from, to, path, compare) => {
  const [before, after] = [from['additionalProperties'], to['additionalProperties']];
  if (isJsonObject(before) && isJsonObject(after)) return compare(before, after, `${path}{}`);
  if (before === after || (isOpen(before) && isOpen(after))) return [];
  if (before === false) return [widening(path, 'members without a name in the schema may come')];
  return [breaking(path, 'what other members it may have has changed')];
};

const isOpen = (rest: Json | undefined): boolean => rest === undefined || rest === true;

const memberNames: Changes = (from, to, path, compare) => {
  const [before, after] = [from['propertyNames'], to['propertyNames']];
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [breaking(path, 'the names of its members are restricted')];
  if (after === undefined) return [widening(path, 'its members may have any name')];
  return compare(before, after, `${path}{name}`);
};

/** Changes of the members of an object. */
export const objectChanges: Changes = (from, to, path, compare) => [
  ...namedMembers(from, to, path, compare),
  ...otherMembers(from, to, path, compare),
  ...memberNames(from, to, path, compare),
];
