import type { Verb } from '@cityloop/contracts';
import { InvalidInput } from '@cityloop/kernel';
import { brokenText, type SourceRow } from '../input/row.ts';
import type { Mapping } from './mapping.ts';
import { createScope, type Scope } from './scope.ts';

/** One command to give once the incident is there. */
export type PlannedStep = {
  readonly verb: Verb;
  readonly key: string;
  /** Absent: whoever sends the import. */
  readonly as?: string | undefined;
  readonly body: object;
  /** Refusals that mean it has happened: code and the status it has led to, where that is known. */
  readonly accept: ReadonlyMap<string, string | undefined>;
};

/** What one record becomes. */
export type Plan = {
  readonly key: string;
  readonly report: object;
  readonly steps: readonly PlannedStep[];
  /** Steps whose time had to be raised to that of the step before. */
  readonly raised: number;
};

const KEY = /^[\x21-\x7e]{1,160}$/;

/**
 * What to send for a record: undefined when `where` passes it over. Times never go back: a step dated
 * before the one before it happens with it; the first step without a time ends the history, the
 * incident is still open there. Throws `InvalidInput` `IMPORT_…` when the record does not fit.
 */
export function mapRow(mapping: Mapping, row: SourceRow, drive: boolean): Plan | undefined {
  const scope = createScope(row.line, row.columns, mapping.values);
  if (!mapping.where(scope)) return undefined;
  const broken = brokenText(row.columns);
  if (broken !== undefined) {
    throw new InvalidInput(
      'IMPORT_TEXT_BROKEN',
      `the column “${broken}” holds bytes that are not ${mapping.encoding}: set encoding`,
    );
  }
  const key = String(mapping.key(scope) ?? '');
  if (!KEY.test(key)) {
    throw new InvalidInput('IMPORT_KEY_MISSING', 'the record has no usable key (1–160 ASCII)');
  }
  const report = mapping.report(scope);
  const since = 'occurredAt' in report ? String(report.occurredAt) : '';
  return {
    key,
    report,
    ...(drive ? history(mapping, scope, key, since) : { steps: [], raised: 0 }),
  };
}

/** The plan with its incident going live at the end, unless it has ended by then or is live already. */
export function goingLive(plan: Plan): Plan {
  const accept = new Map([
    ['INCIDENT_ENDED', undefined],
    ['INCIDENT_LIVE', undefined],
  ]);
  const last: PlannedStep = { verb: 'go-live', key: `${plan.key}/go-live`, body: {}, accept };
  return { ...plan, steps: [...plan.steps, last] };
}

function history(
  mapping: Mapping,
  scope: Scope,
  key: string,
  since: string,
): Pick<Plan, 'steps' | 'raised'> {
  const steps: PlannedStep[] = [];
  const times = new Map<Verb, number>();
  let last = since;
  let raised = 0;
  for (const step of mapping.drive) {
    if (!step.when(scope)) continue;
    const at = step.at(scope);
    if (at === undefined) break;
    // Instants are written alike (UTC, to the millisecond), so text tells which is earlier.
    if (String(at) < last) raised += 1;
    else last = String(at);
    const nth = (times.get(step.verb) ?? 0) + 1;
    times.set(step.verb, nth);
    const as = step.as(scope);
    if (as === undefined) {
      throw new InvalidInput('IMPORT_PERSON_MISSING', `nobody is named to ${step.verb}`);
    }
    steps.push({
      verb: step.verb,
      key: `${key}/${step.verb}${nth === 1 ? '' : `.${nth}`}`,
      as: String(as),
      body: { ...step.body(scope), occurredAt: last },
      accept: step.accept,
    });
  }
  return { steps, raised };
}
