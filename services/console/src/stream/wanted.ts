import { AreaCode, Channel, type Status, type Subject, statuses } from '@cityloop/contracts';
import { mayRead } from '@cityloop/incident';
import { z } from 'zod';
import type { Frame } from './frame.ts';

/** A yes or no in a query. */
export const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional();

/** The filters that search and stream have in common. */
export const filterTerms = {
  area: AreaCode.optional(),
  status: z.union([z.enum(statuses), z.array(z.enum(statuses))]).optional(),
  unit: z.string().max(64).optional(),
  category: z.string().max(16).optional(),
  channel: Channel.optional(),
  overdue: flag,
  supervised: flag,
};

export type Filter = {
  readonly area?: string | undefined;
  readonly status?: Status | readonly Status[] | undefined;
  readonly unit?: string | undefined;
  readonly category?: string | undefined;
  readonly channel?: string | undefined;
  readonly overdue?: boolean | undefined;
  readonly supervised?: boolean | undefined;
};

const begins = (code: unknown, prefix: string): boolean =>
  typeof code === 'string' && code.startsWith(prefix);

/** Whether the incident, as it is after the event, is one the filter asks for. */
export function fits(filter: Filter, { view, scope }: Frame): boolean {
  const { area, status, unit, category, channel, overdue, supervised } = filter;
  if (area !== undefined) {
    const codes = [view.area, view.ownerCentreId, view.centreId];
    if (!codes.some((code) => begins(code, area))) return false;
  }
  if (status !== undefined && ![status].flat().some((name) => name === view.status)) return false;
  if (unit !== undefined && !scope.handlingUnits.includes(unit)) return false;
  if (category !== undefined && !begins(view.categoryCode, category)) return false;
  if (channel !== undefined && view.channel !== channel) return false;
  if (supervised !== undefined && view.supervised !== supervised) return false;
  return overdue === undefined || view.overdue === overdue;
}

/** Whether this caller is sent the event: asked for, and within their scope as it is after it. */
export function isSent(subject: Subject, filter: Filter, frame: Frame): boolean {
  return fits(filter, frame) && mayRead(subject, frame.scope);
}

/**
 * What decides on an event beside who reported it: callers with equal keys are sent the same, except
 * for what one of them reported.
 */
export function viewKey(subject: Subject, filter: Filter): string {
  const { roles, area, centreId, unitId, grids } = subject;
  return JSON.stringify([roles, area, centreId, unitId, grids, filter]);
}
