import { InvalidInput } from '@cityloop/kernel';

/** What an expression yields; undefined where the record says nothing. */
export type Value = string | number | boolean | undefined;

/** One record as expressions see it. */
export type Scope = {
  readonly line: number;
  column(name: string): string | undefined;
  /** A named value of the mapping, computed once a record. */
  value(name: string): Value;
};

/** Computes something from one record. Throws `InvalidInput` with an `IMPORT_…` code. */
export type Expression = (scope: Scope) => Value;

/** A record and the named values of the mapping. Values are computed when first asked for. */
export function createScope(
  line: number,
  columns: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, Expression>,
): Scope {
  const known = new Map<string, Value>();
  const scope: Scope = {
    line,
    column(name) {
      const text = columns[name];
      if (text !== undefined) return text;
      throw new InvalidInput('IMPORT_COLUMN_UNKNOWN', `the record has no column “${name}”`, {
        column: name,
      });
    },
    value(name) {
      if (known.has(name)) return known.get(name);
      const computed = values.get(name)?.(scope);
      known.set(name, computed);
      return computed;
    },
  };
  return scope;
}
