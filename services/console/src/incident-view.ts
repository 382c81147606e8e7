import type { Incident, Subject } from '@cityloop/contracts';
import { commandsFor } from '@cityloop/incident';

/** An incident as the API shows it: its state, and what the caller may do with it now. */
export function incidentView(incident: Incident, subject: Subject): object {
  const { keys: _keys, ...shown } = incident;
  return { ...shown, commands: commandsFor(subject, incident) };
}
