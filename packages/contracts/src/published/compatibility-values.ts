import { breaking, type Changes, isSame, widening } from './change.ts';
import type { Json, JsonObject } from './json-value.ts';

const show = (value: Json): string => JSON.stringify(value);

function valuesOf(schema: JsonObject): readonly Json[] | undefined {
  const { const: only, enum: several } = schema;
  if (only !== undefined) return [only];
  return Array.isArray(several) ? (several as readonly Json[]) : undefined;
}

const enumerations: Changes = (from, to, path) => {
  const [before, after] = [valuesOf(from), valuesOf(to)];
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [breaking(path, 'only some of its values are left')];
  if (after === undefined) return [widening(path, 'it may have any value now')];
  const without = (list: readonly Json[], other: readonly Json[]) =>
    list.filter((value) => !other.some((one) => isSame(one, value)));
  return [
    ...without(before, after).map((value) => breaking(path, `its value ${show(value)} is gone`)),
    ...without(after, before).map((value) => widening(path, `it has a new value ${show(value)}`)),
  ];
};

const types: Changes = (from, to, path) => {
  const [before, after] = [from['type'], to['type']];
  if (isSame(before, after)) return [];
  return [
    breaking(
      path,
      `its type was ${show(before ?? 'anything')} and is ${show(after ?? 'anything')}`,
    ),
  ];
};

const lower = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'];
const upper = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'];

const limits: Changes = (from, to, path) =>
  [...lower, ...upper].flatMap((name) => {
    const [before, after] = [from[name], to[name]];
    if (before === after) return [];
    const raised = Number(after) > Number(before);
    const narrower =
      before === undefined || (after !== undefined && raised === lower.includes(name));
    const change = `its ${name} was ${before ?? 'none'} and is ${after ?? 'none'}`;
    return [narrower ? breaking(path, change) : widening(path, change)];
  });

const forms: Changes = (from, to, path) =>
  ['pattern', 'format'].flatMap((name) => {
    const [before, after] = [from[name], to[name]];
    if (before === after) return [];
    return after === undefined
      ? [widening(path, `it needs no ${name} any more`)]
      : [breaking(path, `its ${name} has changed, to ${after}`)];
  });

const items: Changes = (from, to, path, compare) =>
  from['items'] === undefined && to['items'] === undefined
    ? []
    : compare(from['items'], to['items'], `${path}[]`);

/** Changes of what a single value may be. */
export const valueChanges: Changes = (from, to, path, compare) => [
  ...types(from, to, path, compare),
  ...enumerations(from, to, path, compare),
  ...limits(from, to, path, compare),
  ...forms(from, to, path, compare),
  ...items(from, to, path, compare),
];
