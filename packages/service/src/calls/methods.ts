import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';

/** One method other services may call. */
export type Method = { readonly args: z.ZodType; run(...args: never[]): unknown };

/** What a service offers to the others, by name. */
export type Methods = Readonly<Record<string, Method>>;

// Any function will do: a method's own arguments are told by its schema.
type AnyFunction = (...args: never[]) => unknown;

/** The methods of a door: for each the schema of its arguments, and what is run. */
export type Served<Door> = {
  readonly [Name in keyof Door]: Door[Name] extends AnyFunction
    ? { readonly args: z.ZodType<Parameters<Door[Name]>>; readonly run: Door[Name] }
    : never;
};

/** Runs a method on arguments that came from elsewhere. */
export async function invoke(
  methods: Methods,
  name: string,
  given: readonly unknown[],
): Promise<unknown> {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) {
    throw new InvalidInput('CALL_UNKNOWN', `there is no method "${name}" here`);
  }
  const parsed = method.args.safeParse(given);
  if (!parsed.success) {
    throw new InvalidInput('CALL_INVALID', `"${name}" was called wrongly`, {
      issues: z.treeifyError(parsed.error),
    });
  }
  // What the schema lets through is what `run` takes: they are declared as a pair.
  return method.run(...(parsed.data as never[]));
}
