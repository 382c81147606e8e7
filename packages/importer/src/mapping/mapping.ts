import { commandBodies, ReportBody, type Verb, verbs } from '@cityloop/contracts';
import { z } from 'zod';
import { Condition, compileConditions } from './condition.ts';
import {
  type CompileContext,
  compileExpression,
  faultsIn,
  type MappingFault,
  Scalar,
  Table,
} from './expression.ts';
import type { Expression, Scope } from './scope.ts';
import { compileBody } from './template.ts';

const Body = z.record(z.string(), z.unknown());

const Step = z.strictObject({
  command: z.enum(verbs as readonly [Verb, ...Verb[]]), // the verbs are not empty
  as: z.unknown().refine((as) => as !== undefined, { message: 'say who gives the command' }),
  at: z.unknown().refine((at) => at !== undefined, { message: 'say when it was given' }),
  when: z.array(Condition).optional(),
  body: Body.default({}),
  accept: z.record(z.string(), z.string()).default({}).meta({
    description: 'Refusals that mean the step has happened by rule: code → status it has led to.',
  }),
});
type Step = z.infer<typeof Step>;

/** A mapping as it is written. */
const MappingFile = z.strictObject({
  encoding: z.string().default('utf-8'),
  delimiter: z.string().length(1).default(','),
  zone: z.string().default('Asia/Shanghai'),
  dates: z.string().default('iso'),
  tables: z.record(z.string(), Table).default({}),
  values: z.record(z.string(), z.unknown()).default({}),
  where: z.array(Condition).default([]),
  key: z.unknown().refine((key) => key !== undefined, { message: 'say what names a record' }),
  report: Body,
  drive: z.array(Step).default([]),
});

/** One command of the history: who gives it, when, with what. */
export type MappedStep = {
  readonly verb: Verb;
  readonly accept: ReadonlyMap<string, string>;
  when(scope: Scope): boolean;
  as: Expression;
  at: Expression;
  body(scope: Scope): object;
};

/** A mapping ready for use. */
export type Mapping = {
  readonly encoding: string;
  readonly delimiter: string;
  readonly values: ReadonlyMap<string, Expression>;
  where(scope: Scope): boolean;
  key: Expression;
  report(scope: Scope): object;
  readonly drive: readonly MappedStep[];
};

const scalarOrForm = (raw: unknown): boolean =>
  Scalar.safeParse(raw).success || (typeof raw === 'object' && raw !== null);

/** Checks and compiles a mapping; the faults when there are any, each with its place. */
export function compileMapping(raw: unknown): Mapping | readonly MappingFault[] {
  const checked = MappingFile.safeParse(raw);
  if (!checked.success) return faultsIn(checked.error, []);
  const file = checked.data;
  const faults: MappingFault[] = [];
  const names = new Set<string>();
  const tables = new Map(Object.entries(file.tables));
  const ctx: CompileContext = { tables, values: names, zone: file.zone, dates: file.dates, faults };
  refuseUnknownEncoding(file.encoding, faults);
  const values = new Map<string, Expression>();
  for (const [name, value] of Object.entries(file.values)) {
    if (!scalarOrForm(value)) faults.push({ path: ['values', name], reason: 'it has no value' });
    else values.set(name, compileExpression(value, ['values', name], ctx));
    names.add(name);
  }
  const mapping: Mapping = {
    encoding: file.encoding,
    delimiter: file.delimiter,
    values,
    where: compileConditions(file.where, ['where'], ctx),
    key: compileExpression(file.key, ['key'], ctx),
    report: compileBody(file.report, Object.keys(ReportBody.shape), ['report'], ctx),
    drive: file.drive.map((step, n) => compileStep(step, ['drive', n], ctx)),
  };
  return faults.length > 0 ? faults : mapping;
}

function compileStep(step: Step, path: readonly PropertyKey[], ctx: CompileContext): MappedStep {
  const { command: verb } = step;
  const allowed = Object.keys(commandBodies[verb].shape).filter((name) => name !== 'occurredAt');
  return {
    verb,
    accept: new Map(Object.entries(step.accept)),
    when: compileConditions(step.when ?? [], [...path, 'when'], ctx),
    as: compileExpression(step.as, [...path, 'as'], ctx),
    at: compileExpression(step.at, [...path, 'at'], ctx),
    body: compileBody(step.body, allowed, [...path, 'body'], ctx),
  };
}

function refuseUnknownEncoding(encoding: string, faults: MappingFault[]): void {
  try {
    new TextDecoder(encoding);
  } catch {
    faults.push({ path: ['encoding'], reason: `there is no encoding “${encoding}”` });
  }
}
