import type { Incident, Subject } from '@cityloop/contracts';
import { commandsFor, dueOf } from '@cityloop/incident';

/** An incident as the API shows it: its state, its deadline, and what the caller may do with it now. */
export function incidentView(incident: Incident, subject: Subject): object {
  const { keys: _keys, ...shown } = incident;
  return { ...shown, dueAt: dueOf(incident), commands: commandsFor(subject, incident) };
}
