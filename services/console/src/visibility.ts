import type { Incident, Subject } from '@cityloop/contracts';
import { mayRead, type Scoped } from '@cityloop/incident';
import { CityLoopError, NotFound } from '@cityloop/kernel';
import { look, scopeFrom } from './custody.ts';
import type { Loop } from './loop.ts';

/** What decides who may see an incident; undefined when nobody knows it. */
export async function scopeOf(loop: Loop, incidentId: string): Promise<Scoped | undefined> {
  const found = await look(loop, incidentId);
  return scopeFrom(loop, incidentId, found ?? {});
}

/** Whether the caller may see the incident; one that does not exist may be seen by nobody. */
export async function isVisible(
  loop: Loop,
  subject: Subject,
  incidentId: string,
): Promise<boolean> {
  const scope = await scopeOf(loop, incidentId);
  return scope !== undefined && mayRead(subject, scope);
}

/** The incident as its holder has it, if the caller may see it. */
export async function scopedIncident(
  loop: Loop,
  subject: Subject,
  incidentId: string,
): Promise<Incident | undefined> {
  const incident = (await look(loop, incidentId))?.incident;
  return incident !== undefined && mayRead(subject, incident) ? incident : undefined;
}

/** Refusals that are made before anybody has looked at the incident's scope. */
const blind: ReadonlySet<string> = new Set(['NOT_IN_CUSTODY', 'IN_TRANSIT']);

/**
 * Runs a command. Where its refusal would tell that an incident exists which the caller may not see,
 * it is not there instead.
 */
export async function unlessForeign<T>(
  loop: Loop,
  subject: Subject,
  incidentId: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const tells = error instanceof CityLoopError && blind.has(error.code);
    if (tells && !(await isVisible(loop, subject, incidentId))) throw incidentNotFound();
    throw error;
  }
}

export function incidentNotFound(): NotFound {
  return new NotFound('INCIDENT_NOT_FOUND', '没有这个案件 / no such incident');
}
