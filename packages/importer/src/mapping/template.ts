import { type CompileContext, compileExpression, formOf } from './expression.ts';
import type { Scope } from './scope.ts';

/** Fills a body from one record. Throws as expressions do. */
export type Template = (scope: Scope) => unknown;

/**
 * Compiles a body with expressions in it: objects and lists keep their shape, members that come out
 * empty are left out.
 */
export function compileTemplate(
  raw: unknown,
  path: readonly PropertyKey[],
  ctx: CompileContext,
): Template {
  if (Array.isArray(raw)) {
    const list = raw.map((part, n) => compileTemplate(part, [...path, n], ctx));
    return (scope) => list.map((part) => part(scope)).filter((part) => part !== undefined);
  }
  if (typeof raw !== 'object' || raw === null || formOf(raw) !== undefined) {
    return compileExpression(raw, path, ctx);
  }
  return compileMembers(raw, path, ctx);
}

/** Compiles a body whose members must be among `allowed`, those of the schema behind it. */
export function compileBody(
  raw: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
  path: readonly PropertyKey[],
  ctx: CompileContext,
): (scope: Scope) => object {
  for (const name of Object.keys(raw)) {
    if (allowed.includes(name)) continue;
    const reason = `there is no member “${name}”; there are: ${allowed.join(', ')}`;
    ctx.faults.push({ path: [...path, name], reason });
  }
  return compileMembers(raw, path, ctx);
}

function compileMembers(
  raw: object,
  path: readonly PropertyKey[],
  ctx: CompileContext,
): (scope: Scope) => object {
  const members = Object.entries(raw).map(([name, part]): [string, Template] => [
    name,
    compileTemplate(part, [...path, name], ctx),
  ]);
  return (scope) => {
    const body: Record<string, unknown> = {};
    for (const [name, part] of members) {
      const value = part(scope);
      if (value !== undefined) body[name] = value;
    }
    return body;
  };
}
