import type { Incident } from '@cityloop/contracts';
import { assistStatus, boarded, isEnded, nextDue, seatsAwaited } from '@cityloop/incident';
import { toIso } from '@cityloop/kernel';
import type { Slot } from './recorder.ts';
import type { StageRules } from './rules.ts';
import type { AssistRow, RowWrite } from './store.ts';

/** The narrow row an incident leaves in the service's tables: what locks, queues and alarms need. */
export function rowOf(incidentId: string, slot: Slot, rules: StageRules): RowWrite {
  const { base, version, since, custodian, incident } = slot;
  const row = { incidentId, base, version, since, custodian };
  if (incident === undefined) return row;
  const due = alarmMs(incident, rules);
  return {
    ...row,
    status: incident.status,
    centreId: incident.centreId,
    unitId: incident.assignment?.unitId,
    nextDueAt: due === undefined ? undefined : toIso(due),
    assists: assistRows(incident),
    awaits: seatsAwaited(incident),
    board: boarded(incident),
  };
}

/**
 * When an alarm is set for the incident, ms. Imported ones are settled by what their record says next,
 * never by an alarm of today; but once they have ended nothing more is said of them, and their waiting
 * period is over when our own time says so.
 */
export function alarmMs(incident: Incident, rules: StageRules): number | undefined {
  if (incident.imported === true && !isEnded(incident)) return undefined;
  return nextDue(incident, rules.due);
}

function assistRows(incident: Incident): readonly AssistRow[] | undefined {
  if (incident.assignment?.assists === undefined) return undefined;
  const rows = incident.assignment.assists.flatMap((assist) => {
    const status = assistStatus(incident, assist);
    return status === undefined ? [] : [{ unitId: assist.unitId, status }];
  });
  return rows.length === 0 ? undefined : rows;
}
