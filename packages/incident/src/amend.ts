import type { ClockBook } from '@cityloop/calendar';
import { ownBasis, replanClock } from '@cityloop/calendar';
import type { BodyOf, DataOf, Incident, NewEvent, Stage } from '@cityloop/contracts';
import { RuleViolation } from '@cityloop/kernel';
import { handlingUnitOf, openAssistClocks } from './assists.ts';
import { stopped } from './clocks.ts';
import type { Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { planGoingOn, type Timed } from './modes.ts';
import { place } from './place.ts';
import { said } from './said.ts';
import { classify, reasonOf } from './standard.ts';

type After = DataOf<'intake.amended'>['after'];

/**
 * 更正: corrects category, standard row, place or urgency. Old and new are kept in the event, and the
 * clocks that hang on what changed are planned anew from their start, pauses and all.
 */
export function amend(
  stage: Stage,
  body: BodyOf<'amend'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  reasonOf(ctx.policy, 'amend', body.reasonCode);
  const after = changes(body, incident, ctx);
  const keys = Object.keys(after) as (keyof After)[];
  if (keys.length === 0) {
    throw new RuleViolation('AMEND_NOTHING', '没有任何更正 / nothing would change');
  }
  const before = Object.fromEntries(
    keys.map((key) => [key, incident[key as keyof Incident] ?? null]),
  );
  return [
    named(stage, 'amended', {
      ...said(ctx, incident, { body }),
      reasonCode: body.reasonCode,
      before,
      after,
      clocks: replanned(after, incident, ctx),
    }),
  ];
}

function changes(body: BodyOf<'amend'>, incident: Incident, ctx: Context): After {
  const { urgency } = body;
  return {
    ...classified(body, incident, ctx),
    ...(body.location === undefined ? {} : place(body.location, ctx.policy)),
    ...(urgency === undefined || urgency === incident.urgency ? {} : { urgency }),
  };
}

function classified(body: BodyOf<'amend'>, incident: Incident, ctx: Context): After {
  const { standardId } = body;
  if (body.categoryCode === undefined && standardId === undefined) return {};
  const categoryCode = body.categoryCode ?? incident.categoryCode;
  if (categoryCode === undefined) {
    throw new RuleViolation('CATEGORY_MISSING', '须先确定类别 / name the category as well');
  }
  const { category } = classify(ctx.policy, categoryCode, standardId);
  const moved = categoryCode !== incident.categoryCode;
  if (moved && incident.standardId !== undefined && standardId === undefined) {
    throw new RuleViolation(
      'STANDARD_MISSING',
      '更改类别须同时选定立案标准 / a new category needs a standard row',
      { choices: category.standards.map((row) => row.id) },
    );
  }
  const changed = standardId !== undefined && standardId !== incident.standardId;
  return {
    ...(moved ? { categoryCode, kind: category.kind } : {}),
    ...(changed ? { standardId } : {}),
  };
}

/** What was used up stays used up; a clock that hangs on nothing that changed is left alone. */
function replanned(after: After, incident: Incident, ctx: Context): ClockBook {
  return { ...replannedWhole(after, incident, ctx), ...replannedHandling(after, incident, ctx) };
}

function replannedWhole(after: After, incident: Incident, ctx: Context): ClockBook {
  const clock = incident.clocks['end-to-end'];
  if (clock === undefined || clock.stoppedAt !== undefined) return {};
  const plan = ctx.policy.endToEnd({
    channel: incident.channel,
    kind: after.kind ?? incident.kind,
    urgency: after.urgency ?? incident.urgency,
    categoryCode: after.categoryCode ?? incident.categoryCode,
  });
  if (plan.basis === ownBasis(clock)) return {};
  const calendar = ctx.policy.calendar(plan.calendarId);
  const running = { clock, atMs: ctx.nowMs };
  const facts = asAmended(incident, after);
  const inForce = planGoingOn(ctx.policy, facts, 'end-to-end', plan, running);
  const whole = replanClock(clock, { ...inForce, calendar, revision: ctx.policy.revision });
  return { 'end-to-end': whole };
}

/** What limits hang on, as it is afterwards. */
function asAmended(incident: Incident, after: After): Timed {
  const { urgency = incident.urgency, ground = incident.ground } = after;
  return { ...incident, ...after, urgency, ground };
}

/**
 * The clocks of handling, the lead's and those of who assists, follow the standard row, or the category
 * while there is none; with the row 补立案 is done.
 */
function replannedHandling(after: After, incident: Incident, ctx: Context): ClockBook {
  const { standardId = incident.standardId, categoryCode = incident.categoryCode } = after;
  if (after.standardId === undefined && after.categoryCode === undefined) return {};
  const filed = after.standardId !== undefined && incident.standardPending === true;
  let clocks: ClockBook = filed ? stopped(ctx, incident, 'accept') : {};
  for (const name of ['handle' as const, ...openAssistClocks(incident)]) {
    const clock = incident.clocks[name];
    if (clock === undefined || clock.stoppedAt !== undefined) continue;
    const unitId = handlingUnitOf(name, incident) ?? '';
    const ordinary = {
      ...ctx.policy.handling({ unitId, standardId, categoryCode }),
      calendarId: clock.calendar,
    };
    if (ordinary.basis === ownBasis(clock)) continue;
    const running = { clock, atMs: ctx.nowMs };
    const plan = planGoingOn(ctx.policy, asAmended(incident, after), name, ordinary, running);
    const calendar = ctx.policy.calendar(clock.calendar);
    const revision = ctx.policy.revision;
    clocks = { ...clocks, [name]: replanClock(clock, { ...plan, calendar, revision }) };
  }
  return clocks;
}
