import type { BodyOf, Incident, NewEvent } from '@cityloop/contracts';
import {
  applyFor,
  type Context,
  decideOn,
  heldBy,
  openAssistClocks,
  openGranted,
  paused,
  reasonOf,
  refusedFor,
  type Said,
  said,
  started,
  stopped,
  unpaused,
} from '@cityloop/incident';
import { fromIso, RuleViolation } from '@cityloop/kernel';

type Lead = NonNullable<Incident['assignment']>;
type Asked = Pick<BodyOf<'return'>, 'reasonCode' | 'basis' | 'suggestedUnitId'>;

export function leadUnit(incident: Incident): NonNullable<Incident['assignment']> {
  if (incident.assignment !== undefined) return incident.assignment;
  throw new RuleViolation('NOT_ASSIGNED', '案件未派遣 / it is not assigned');
}

/** 退单: by the leader, within the pack's limit from receipt; later once everybody has agreed whom the pack names. */
export function giveBack(
  body: BodyOf<'return'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const lead = leadUnit(incident);
  if (lead.final === true) {
    throw new RuleViolation('RETURN_BARRED', '区中心已裁定，不能再退单 / the district has ruled');
  }
  const { code: reasonCode } = reasonOf(ctx.policy, 'return', body.reasonCode);
  const { basis, suggestedUnitId } = body;
  if (suggestedUnitId !== undefined && ctx.policy.unit(suggestedUnitId) === undefined) {
    throw new RuleViolation(
      'UNIT_UNKNOWN',
      '没有这个单位，见 GET /api/v1/district / no such unit, see GET /api/v1/district',
      {
        unitId: suggestedUnitId,
      },
    );
  }
  const asked = {
    reasonCode,
    ...(basis === undefined ? {} : { basis }),
    ...(suggestedUnitId === undefined ? {} : { suggestedUnitId }),
  };
  const atOnce = (who: Said) => returned(who, asked, incident, ctx);
  if (isLate(lead, ctx)) return applyFor('late-return', { body, asked }, incident, ctx, atOnce);
  return [atOnce(said(ctx, incident, { body }))];
}

/** One step of the agreement to a late return; with the last it is the leader who returns it. */
export function decideLateReturn(
  body: BodyOf<'decide-late-return'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  return decideOn('late-return', body, incident, ctx, (request, { by }) => {
    const { unitId } = leadUnit(incident);
    const leader = { by: { id: request.by, role: 'unit-leader' as const, unitId } };
    const { reasonCode = '', basis, suggestedUnitId } = request;
    return returned(leader, { reasonCode, basis, suggestedUnitId }, incident, ctx, by.id);
  });
}

function isLate({ receivedAt, unitId }: Lead, { policy, nowMs }: Context): boolean {
  if (receivedAt === undefined) return false;
  const calendar = policy.calendar(policy.unit(unitId)?.calendar ?? '');
  return nowMs > calendar.deadline(fromIso(receivedAt), policy.settings.returns.limit.limit).dueMs;
}

function returned(
  who: Said,
  { reasonCode, basis, suggestedUnitId }: Asked,
  incident: Incident,
  ctx: Context,
  consentedBy?: string,
): NewEvent {
  return {
    type: 'handling.returned',
    data: {
      ...who,
      unitId: leadUnit(incident).unitId,
      ...refusedFor(ctx.policy, 'return', reasonCode),
      ...(basis === undefined ? {} : { basis }),
      ...(suggestedUnitId === undefined ? {} : { suggestedUnitId }),
      ...(consentedBy === undefined ? {} : { consentedBy }),
      ...backToDispatch('ruling', incident, ctx),
    },
  };
}

/**
 * The unit's clock stands still while it is away; the centre's runs, to rule on a return or to dispatch it. Who assisted is out of it
 * with the assignment: the clocks of those who had not finished stop here, with the verdict they have now.
 */
export function backToDispatch(next: 'dispatch' | 'ruling', incident: Incident, ctx: Context) {
  const suspended = openGranted(incident);
  const base =
    suspended === undefined
      ? { clocks: {}, pauses: incident.pauses }
      : unpaused(ctx, incident, suspended.id);
  const freed = {
    ...incident,
    clocks: { ...incident.clocks, ...base.clocks },
    pauses: [...base.pauses],
  };
  const { clocks, pauses } = paused(ctx, freed, {
    kind: 'return-ruling',
    clocks: heldBy('return-ruling', incident, ctx),
  });
  const centre = started(ctx, freed, next, ctx.policy.clock(next));
  const units = ['receive', 'first-contact', 'rework', ...openAssistClocks(incident)] as const;
  const ended = stopped(ctx, freed, ...units);
  return { clocks: { ...base.clocks, ...clocks, ...ended, ...centre }, pauses };
}
