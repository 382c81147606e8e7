import { type ClockBook, ownBasis, replanClock } from '@cityloop/calendar';
import {
  type BodyOf,
  type DataOf,
  type Incident,
  type NewEvent,
  type PackCategory,
  type PackStandard,
  systemSubject,
} from '@cityloop/contracts';
import {
  actorOf,
  applyFor,
  type Context,
  classify,
  lacksGround,
  planGoingOn,
  type Said,
  type Suggestion,
  said,
  started,
  stopped,
} from '@cityloop/incident';
import { RuleViolation } from '@cityloop/kernel';

/**
 * 立案: by the clerk against a standard row; the shift supervisor may complete it later (先派后补). What is
 * said to be handled already, but not shown, is filed like any other once the clerk names the row.
 */
export function file(body: BodyOf<'file'>, incident: Incident, ctx: Context): readonly NewEvent[] {
  const { category, standard } = classify(ctx.policy, body.categoryCode, body.standardId);
  if (incident.selfHandled && (shown(incident) || standard === undefined)) {
    return acceptSelfHandled(body, category, standard, incident, ctx);
  }
  refuseWithoutGround(category, incident);
  if (standard === undefined) {
    if (body.pending !== true) {
      throw new RuleViolation(
        'STANDARD_MISSING',
        '立案须选定立案标准 / filing needs a standard row',
        { choices: category.standards.map((row) => row.id) },
      );
    }
    if (!ctx.subject.roles.includes('shift-supervisor')) {
      throw new RuleViolation(
        'PENDING_NOT_PERMITTED',
        '先派后补须由值班长决定 / ask the shift supervisor',
      );
    }
  }
  return [filed(category, standard, incident, ctx, said(ctx, incident, { body }))];
}

/**
 * Whose ground it is decides who answers for it. What is urgent goes out first and is asked after; an
 * import tells of what was filed all the same.
 */
function refuseWithoutGround(category: PackCategory, incident: Incident): void {
  if (incident.imported === true || !waitsForGround(category, incident)) return;
  throw new RuleViolation(
    'GROUND_MISSING',
    '只有地址，不知属哪个街镇：请先更正位置（坐标或网格编码）/ whose ground is it? amend location with a point or a gridCode',
    { needs: ['ground'] },
  );
}

function waitsForGround(category: PackCategory, { urgency, location }: Incident): boolean {
  return urgency !== 'urgent' && category.urgent !== true && lacksGround(location);
}

function filed(
  category: PackCategory,
  standard: PackStandard | undefined,
  incident: Incident,
  ctx: Context,
  who: ReturnType<typeof said>,
  suggestion?: Suggestion,
): NewEvent {
  return {
    type: 'intake.filed',
    data: {
      ...who,
      categoryCode: category.code,
      kind: category.kind,
      ...(standard === undefined ? { pending: true } : { standardId: standard.id }),
      ...(suggestion === undefined
        ? {}
        : { suggestion: { ruleId: suggestion.ruleId, reason: suggestion.reason } }),
      ...filingClocks(category, standard, incident, ctx),
    },
  };
}

/** 先派后补: 受理 has ended with a verdict, and its clock runs on for the missing row. */
function filingClocks(
  category: PackCategory,
  standard: PackStandard | undefined,
  incident: Incident,
  ctx: Context,
): Pick<DataOf<'intake.filed'>, 'clocks' | 'verdict'> {
  const clocks = clocksFrom(category, filedAs(incident, category, standard), ctx);
  if (standard !== undefined) return { clocks };
  const { verdict } = clocks.accept ?? incident.clocks.accept ?? {};
  const completing = started(ctx, incident, 'accept', ctx.policy.clock('complete-filing'));
  return { clocks: { ...clocks, ...completing }, ...(verdict === undefined ? {} : { verdict }) };
}

/** The incident as its clocks are planned: under what it is being filed. */
function filedAs(
  incident: Incident,
  { code, kind }: PackCategory,
  standard: PackStandard | undefined,
): Incident {
  const standardId = standard === undefined ? {} : { standardId: standard.id };
  return { ...incident, categoryCode: code, kind, ...standardId };
}

function clocksFrom(category: PackCategory, incident: Incident, ctx: Context): ClockBook {
  const plan = ctx.policy.endToEnd({
    channel: incident.channel,
    kind: category.kind,
    urgency: incident.urgency,
    categoryCode: category.code,
  });
  const whole = incident.clocks['end-to-end'];
  const replanned: ClockBook =
    whole === undefined || ownBasis(whole) === plan.basis || whole.stoppedAt !== undefined
      ? {}
      : {
          'end-to-end': replanClock(whole, {
            ...planGoingOn(ctx.policy, incident, 'end-to-end', plan, {
              clock: whole,
              atMs: ctx.nowMs,
            }),
            calendar: ctx.policy.calendar(plan.calendarId),
            revision: ctx.policy.revision,
          }),
        };
  return {
    ...replanned,
    ...stopped(ctx, incident, 'accept'),
    ...started(ctx, incident, 'dispatch', ctx.policy.clock('dispatch')),
  };
}

/**
 * Filed by a routing row that says `auto`, as actor system; urgent categories without such a row too:
 * they are filed at once under their first standard row and completed afterwards.
 */
export function filedByRule(
  incident: Incident,
  suggestion: Suggestion | undefined,
  ctx: Context,
): NewEvent | undefined {
  if (incident.categoryCode === undefined || incident.selfHandled) return undefined;
  const category = ctx.policy.category(incident.categoryCode);
  const auto = suggestion?.autoFile === true || category?.urgent === true;
  if (category === undefined || !auto || incident.ground.disputed !== undefined) return undefined;
  if (waitsForGround(category, incident)) return undefined;
  const standard =
    category.standards.find((row) => row.id === suggestion?.standardId) ?? category.standards[0];
  return filed(category, standard, incident, ctx, { by: actorOf(systemSubject) }, suggestion);
}

function shown({ evidence }: Incident): boolean {
  return ['before', 'after'].every((kind) => evidence.some((e) => e.kind === kind));
}

/** 自行处置: accepted on sight of a photo before and one after, by whom the pack names. */
function acceptSelfHandled(
  body: BodyOf<'file'>,
  category: PackCategory,
  standard: PackStandard | undefined,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const row = standard ?? category.standards[0];
  if (row === undefined || !shown(incident)) {
    throw new RuleViolation(
      'EVIDENCE_MISSING',
      '自行处置须有处置前后照片，或选定立案标准按一般案件立案 / photos before and after, or name a standard row',
    );
  }
  const asked = { categoryCode: category.code, standardId: row.id };
  return applyFor('self-handled', { body, asked }, incident, ctx, (who) =>
    selfHandled(who, asked, incident, ctx),
  );
}

export function selfHandled(
  who: Pick<Said, 'by'>,
  asked: { readonly categoryCode?: string | undefined; readonly standardId?: string | undefined },
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { categoryCode = '', standardId = '' } = asked;
  // The pack may have changed since it was applied for.
  classify(ctx.policy, categoryCode, standardId);
  const clocks = stopped(ctx, incident, 'accept', 'end-to-end');
  return { type: 'intake.self-handled', data: { ...who, categoryCode, standardId, clocks } };
}
