import type { Incident, RouteFacts } from '@cityloop/contracts';

/** What the pack's rows (routing, approvals) are held against: the incident as it stands. */
export function routeFacts(
  incident: Pick<Incident, 'ground' | 'categoryCode' | 'kind' | 'channel' | 'urgency' | 'level'>,
): RouteFacts {
  const { ground } = incident;
  return {
    categoryCode: incident.categoryCode,
    kind: incident.kind,
    area: ground.grid ?? ground.committee ?? ground.subdistrict,
    channel: incident.channel,
    urgency: incident.urgency,
    level: incident.level,
  };
}
