import { InvalidInput, toIso } from '@cityloop/kernel';
import { z } from 'zod';
import { dateReader } from './date-format.ts';
import { durationMs } from './duration.ts';
import type { Expression, Scope, Value } from './scope.ts';

export const Scalar = z.union([z.string(), z.number(), z.boolean()]);
export const Table = z.record(z.string(), Scalar);
type Table = z.infer<typeof Table>;

/** What is wrong in a mapping, and where. */
export type MappingFault = { readonly path: readonly PropertyKey[]; readonly reason: string };

/** The mistakes zod found below `path`; each unknown member is one of its own. */
export function faultsIn(error: z.ZodError, path: readonly PropertyKey[]): MappingFault[] {
  return error.issues.flatMap((issue) => {
    const at = [...path, ...issue.path];
    if (issue.code !== 'unrecognized_keys') return [{ path: at, reason: issue.message }];
    return issue.keys.map((key) => ({ path: [...at, key], reason: 'there is no such member' }));
  });
}

/** What an expression may refer to, and where its faults go. */
export type CompileContext = {
  readonly tables: ReadonlyMap<string, Table>;
  /** Names of the values that may be used so far. */
  readonly values: ReadonlySet<string>;
  readonly zone: string;
  readonly dates: string;
  readonly faults: MappingFault[];
};

const transforms = {
  table: z.union([z.string(), Table]).optional(),
  otherwise: Scalar.optional(),
  date: z.union([z.literal(true), z.string()]).optional(),
  zone: z.string().optional(),
  plus: z.string().optional(),
  number: z.literal(true).optional(),
  cut: z.int().positive().optional(),
  default: z.unknown().optional(),
};
const parts = z.array(z.unknown()).min(1);
const Forms = {
  column: z.strictObject({ column: z.string(), ...transforms }),
  value: z.strictObject({ value: z.string(), ...transforms }),
  const: z.strictObject({ const: Scalar }),
  join: z.strictObject({ join: parts, with: z.string().optional(), ...transforms }),
  first: z.strictObject({ first: parts, ...transforms }),
  earliest: z.strictObject({ earliest: parts, ...transforms }),
  latest: z.strictObject({ latest: parts, ...transforms }),
} as const;
type Form = keyof typeof Forms;
type Transforms = z.infer<z.ZodObject<typeof transforms>>;
const forms = Object.keys(Forms) as Form[]; // the keys of Forms are its forms

const nothing: Expression = () => undefined;

/** The form of expression an object is written in; undefined when it is no expression. */
export function formOf(raw: object): Form | undefined {
  return forms.find((form) => Object.hasOwn(raw, form));
}

/**
 * Compiles one expression: a plain scalar stands for itself, `{column: …}`, `{value: …}`, `{join: …}`,
 * `{first: …}`, `{earliest: …}` and `{latest: …}` compute. Faults are collected, not thrown.
 */
export function compileExpression(
  raw: unknown,
  path: readonly PropertyKey[],
  ctx: CompileContext,
): Expression {
  const scalar = Scalar.safeParse(raw);
  if (scalar.success) return () => scalar.data;
  const form = typeof raw === 'object' && raw !== null ? formOf(raw) : undefined;
  if (form === undefined) {
    const reason = `expected a constant or one of {${forms.join(': }, {')}: }`;
    ctx.faults.push({ path, reason });
    return nothing;
  }
  const checked = Forms[form].safeParse(raw);
  if (!checked.success) {
    ctx.faults.push(...faultsIn(checked.error, path));
    return nothing;
  }
  return transformed(source(checked.data, path, ctx), checked.data, path, ctx);
}

type Checked = { [F in Form]: z.infer<(typeof Forms)[F]> }[Form];

function source(form: Checked, path: readonly PropertyKey[], ctx: CompileContext): Expression {
  const compiled = (list: readonly unknown[], name: string): Expression[] =>
    list.map((part, n) => compileExpression(part, [...path, name, n], ctx));
  if ('const' in form) return () => form.const;
  if ('column' in form) return (scope) => textOf(scope.column(form.column));
  if ('value' in form) {
    if (!ctx.values.has(form.value)) {
      const reason = `there is no value “${form.value}” above`;
      ctx.faults.push({ path: [...path, 'value'], reason });
    }
    return (scope) => scope.value(form.value);
  }
  if ('join' in form) {
    const list = compiled(form.join, 'join');
    return (scope) => textOf(present(list, scope).join(form.with ?? ''));
  }
  if ('first' in form) {
    const list = compiled(form.first, 'first');
    return (scope) => firstOf(list, scope);
  }
  if ('earliest' in form) {
    const list = compiled(form.earliest, 'earliest');
    return (scope) => instants(list, scope)[0];
  }
  const list = compiled(form.latest, 'latest');
  return (scope) => instants(list, scope).at(-1);
}

const textOf = (text: string | undefined): Value => {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
};

function present(list: readonly Expression[], scope: Scope): (string | number | boolean)[] {
  return list.map((part) => part(scope)).filter((value) => value !== undefined);
}

function firstOf(list: readonly Expression[], scope: Scope): Value {
  for (const part of list) {
    const value = part(scope);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Instants are written alike (UTC, to the millisecond), so they sort as text. */
function instants(list: readonly Expression[], scope: Scope): string[] {
  return present(list, scope).map(String).sort();
}

function transformed(
  read: Expression,
  form: Transforms | { readonly const: unknown },
  path: readonly PropertyKey[],
  ctx: CompileContext,
): Expression {
  if ('const' in form) return read;
  const steps: ((value: NonNullable<Value>, scope: Scope) => Value)[] = [];
  const { table, cut, plus } = form;
  if (table !== undefined) steps.push(lookUp(table, form.otherwise, path, ctx));
  if (form.date !== undefined) steps.push(dated(form, path, ctx));
  if (plus !== undefined) steps.push(later(plus, path, ctx));
  if (form.number === true) steps.push(numeric);
  if (cut !== undefined) steps.push((value) => String(value).slice(0, cut).toWellFormed());
  const fallback =
    form.default === undefined
      ? nothing
      : compileExpression(form.default, [...path, 'default'], ctx);
  return (scope) => {
    let value = read(scope);
    for (const step of steps) if (value !== undefined) value = step(value, scope);
    return value ?? fallback(scope);
  };
}

function lookUp(
  table: string | Table,
  otherwise: Value,
  path: readonly PropertyKey[],
  ctx: CompileContext,
): (value: NonNullable<Value>) => Value {
  const found = typeof table === 'string' ? ctx.tables.get(table) : table;
  if (found === undefined) {
    ctx.faults.push({ path: [...path, 'table'], reason: `there is no table “${String(table)}”` });
  }
  const entries = new Map(Object.entries(found ?? {}));
  const name = typeof table === 'string' ? `the table ${table}` : 'its table';
  return (value) => {
    const entry = entries.get(String(value)) ?? otherwise;
    if (entry !== undefined) return entry;
    throw new InvalidInput('IMPORT_NOT_IN_TABLE', `“${value}” is not in ${name}`, { value });
  };
}

function dated(
  form: Transforms,
  path: readonly PropertyKey[],
  ctx: CompileContext,
): (value: NonNullable<Value>) => Value {
  const format = typeof form.date === 'string' ? form.date : ctx.dates;
  let read: (text: string) => number | undefined = () => undefined;
  try {
    read = dateReader(format, form.zone ?? ctx.zone);
  } catch (error) {
    ctx.faults.push({ path: [...path, 'date'], reason: String(error) });
  }
  return (value) => {
    const ms = read(String(value));
    if (ms !== undefined) return toIso(ms);
    throw new InvalidInput('IMPORT_DATE_UNREADABLE', `“${value}” is no date like ${format}`, {
      value,
    });
  };
}

function later(
  plus: string,
  path: readonly PropertyKey[],
  ctx: CompileContext,
): (value: NonNullable<Value>) => Value {
  const ms = durationMs(plus);
  if (ms === undefined) {
    ctx.faults.push({ path: [...path, 'plus'], reason: `“${plus}” is no duration: 7d, 36h, 90m` });
  }
  return (value) => {
    const at = Date.parse(String(value));
    if (!Number.isNaN(at)) return toIso(at + (ms ?? 0));
    throw new InvalidInput('IMPORT_DATE_UNREADABLE', `“${value}” is no date`, { value });
  };
}

function numeric(value: NonNullable<Value>): Value {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(String(value))
    ? Number(value)
    : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new InvalidInput('IMPORT_NUMBER_UNREADABLE', `“${value}” is no number`, { value });
}
