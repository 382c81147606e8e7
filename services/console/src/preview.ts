import { ClockName } from '@cityloop/calendar';
import { Channel, Code, Instant } from '@cityloop/contracts';
import { type Policy, previewClocks } from '@cityloop/incident';
import { fromIso, InvalidInput, toIso } from '@cityloop/kernel';
import { z } from 'zod';
import { explainIn, inWords } from './clocks.ts';
import type { Loop } from './loop.ts';

export const PreviewBody = z
  .strictObject({
    channel: Channel,
    urgency: z.enum(['normal', 'urgent']).default('normal'),
    categoryCode: Code.optional(),
    standardId: Code.optional(),
    unitId: Code.optional(),
    area: Code.optional().meta({
      description:
        '街镇、居村或网格代码：平战模式可只在部分区域 / modes may hold for some ground only',
    }),
    start: Instant.optional().meta({ description: '起算时刻，缺省为现在 / now unless given' }),
    upstreamDueAt: Instant.optional(),
  })
  .meta({ id: 'PreviewBody' });
export type PreviewBody = z.output<typeof PreviewBody>;

/** What the deadlines of such an incident would be under the policy in force, each with its explanation. */
export function preview(loop: Loop, body: PreviewBody, nowMs: number): object {
  const policy = loop.policy();
  const { start, upstreamDueAt, ...facts } = body;
  const startMs = start === undefined ? nowMs : fromIso(start);
  refuseUnknown(body, policy, startMs);
  const standard = facts.standardId === undefined ? undefined : policy.standard(facts.standardId);
  const clocks = previewClocks(
    {
      ...facts,
      categoryCode: facts.categoryCode ?? standard?.category.code,
      startMs,
      ...(upstreamDueAt === undefined ? {} : { upstreamDueMs: fromIso(upstreamDueAt) }),
    },
    policy,
  );
  const edition = { policy, pack: loop.pack() };
  const told = Object.entries(clocks).flatMap(([name, clock]) => {
    const given = { name: ClockName.parse(name), clock, pauses: [], atMs: startMs };
    const explanation = explainIn(edition, given);
    return explanation === undefined
      ? []
      : [{ clock: name, dueAt: clock.dueAt, ...inWords({ explanation, edition }) }];
  });
  return { start: toIso(startMs), revision: policy.revision, clocks: told };
}

function refuseUnknown(body: PreviewBody, policy: Policy, startMs: number): void {
  const { categoryCode, standardId, unitId, area, upstreamDueAt } = body;
  const standard = standardId === undefined ? undefined : policy.standard(standardId);
  const issues = [
    categoryCode !== undefined && policy.category(categoryCode) === undefined
      ? { path: 'categoryCode', message: '没有这个类别 / no such category' }
      : undefined,
    standardId !== undefined && standard === undefined
      ? { path: 'standardId', message: '没有这条立案标准 / no such standard row' }
      : undefined,
    categoryCode !== undefined && standard !== undefined && standard.category.code !== categoryCode
      ? { path: 'standardId', message: '该标准不属于这个类别 / the row is of another category' }
      : undefined,
    unitId !== undefined && policy.unit(unitId) === undefined
      ? { path: 'unitId', message: '没有这个单位 / no such unit' }
      : undefined,
    area !== undefined && policy.groundOf(area) === undefined
      ? { path: 'area', message: '没有这个区域 / no such area' }
      : undefined,
    upstreamDueAt !== undefined && fromIso(upstreamDueAt) <= startMs
      ? { path: 'upstreamDueAt', message: '上级时限须晚于起算 / must be after the start' }
      : undefined,
  ].filter((issue) => issue !== undefined);
  if (issues.length === 0) return;
  throw new InvalidInput('PREVIEW_INVALID', '试算条件有误 / check what the preview names', {
    issues,
  });
}
