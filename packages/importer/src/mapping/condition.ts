import { z } from 'zod';
import { type CompileContext, compileExpression, Scalar } from './expression.ts';
import type { Scope } from './scope.ts';

const tests = ['is', 'isNot', 'in', 'notIn', 'empty'] as const;

/** `{column: Status, in: [Closed]}`: one thing looked at, one test. */
export const Condition = z
  .strictObject({
    column: z.string().optional(),
    value: z.string().optional(),
    is: Scalar.optional(),
    isNot: Scalar.optional(),
    in: z.array(Scalar).min(1).optional(),
    notIn: z.array(Scalar).min(1).optional(),
    empty: z.boolean().optional(),
  })
  .refine((c) => (c.column === undefined) !== (c.value === undefined), {
    message: 'name a column or a value, one of them',
  })
  .refine((c) => tests.filter((test) => c[test] !== undefined).length === 1, {
    message: `one test of: ${tests.join(', ')}`,
  });
export type Condition = z.infer<typeof Condition>;

/** Whether all conditions hold for a record. */
export function compileConditions(
  conditions: readonly Condition[],
  path: readonly PropertyKey[],
  ctx: CompileContext,
): (scope: Scope) => boolean {
  const compiled = conditions.map((condition, n) => compileOne(condition, [...path, n], ctx));
  return (scope) => compiled.every((holds) => holds(scope));
}

function compileOne(
  condition: Condition,
  path: readonly PropertyKey[],
  ctx: CompileContext,
): (scope: Scope) => boolean {
  const { column, value, empty } = condition;
  const of = column === undefined ? { value } : { column };
  const read = compileExpression(of, path, ctx);
  if (empty !== undefined) return (scope) => (read(scope) === undefined) === empty;
  const listed = condition.in ?? condition.notIn ?? [condition.is ?? condition.isNot ?? ''];
  const wanted = new Set(listed.map(String));
  const inside = condition.in !== undefined || condition.is !== undefined;
  return (scope) => wanted.has(String(read(scope) ?? '')) === inside;
}
