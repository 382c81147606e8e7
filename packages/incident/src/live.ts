import type { Incident, IncidentCommand, NewEvent, Stage } from '@cityloop/contracts';
import { RuleViolation } from '@cityloop/kernel';
import { actorOf, type Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { said } from './said.ts';

/** What opens an incident again that has ended. */
const bringingBack: ReadonlySet<string> = new Set(['reopen', 'unmerge']);

/**
 * Whether a command on an imported incident belongs to the history that is being told, and is done on
 * the incident's own time; any other is done now. What the loop asks of itself belongs to the act that led
 * to it: what a live incident asks of an imported one is an act of now, and how an ask ended is told
 * wherever it was told that it was made.
 */
export function isTelling({ verb, body }: IncidentCommand, importing: boolean): boolean {
  switch (verb) {
    case 'absorb':
    case 'release':
      return body.imported === true;
    case 'conclude-merge':
    case 'conclude-unmerge':
      return true;
    case 'go-live':
      return false;
    default:
      return importing;
  }
}

/**
 * 转入实时监控 by doing: whoever acts now on an open imported incident, or brings one back that has ended
 * (reopens or un-merges it), makes it live with the same command. Undefined when nothing changes.
 */
export function goesLive(
  stage: Stage,
  { verb }: IncidentCommand,
  incident: Incident,
  ctx: Context,
): NewEvent | undefined {
  if (incident.imported !== true || verb === 'go-live') return undefined;
  if (incident.endedAt !== undefined && !bringingBack.has(verb)) return undefined;
  return named(stage, 'went-live', { by: actorOf(ctx.subject, ctx.role) });
}

/** 转入实时监控 by command: `INCIDENT_LIVE` when it is already. */
export function goLive(
  stage: Stage,
  command: Extract<IncidentCommand, { verb: 'go-live' }>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  if (incident.imported !== true) {
    throw new RuleViolation('INCIDENT_LIVE', '案件已在实时监控 / it is watched already');
  }
  return named(stage, 'went-live', said(ctx, incident, command));
}

/** Whether a fact takes an incident off its record's time: it is itself recorded by ours. */
export function isGoingLive(fact: NewEvent): boolean {
  return fact.type.endsWith('.went-live');
}
