import { evaluate } from '@cityloop/archive';
import { type Incident, isHandOver, type Stage, stageOf } from '@cityloop/contracts';
import { assistStatus, openAssists, seatsAwaited } from '@cityloop/incident';
import { pictureOf } from '@cityloop/monitor';
import type { CaseFile, PictureColumns, StageRow } from './case-files.ts';
import { type Bounds, checkAlarm } from './deadlines.ts';
import { firstDifference } from './difference.ts';
import type { Findings } from './findings.ts';
import type { History, Step } from './history.ts';
import type { Offset, Profile } from './tables.ts';
import type { Waiting } from './waiting.ts';

/** What the rows are held against besides the history. */
export type ProjectionContext = {
  readonly findings: Findings;
  readonly profile: Profile;
  readonly offsets: ReadonlyMap<string, Offset>;
  /** Incidents of which something is on its way to the ledger: nothing is held against their history yet. */
  readonly onTheWay: ReadonlySet<string>;
  /** `<stage>/<incident>` of records set aside. */
  readonly parked: ReadonlySet<string>;
  readonly waiting: Waiting;
  readonly bounds: Bounds;
};

/** What a service's row has to say, as the history has it. */
type Expected = {
  readonly version: number;
  readonly since: number;
  readonly custodian: Stage;
};

/** A hand-over nobody has shown to have taken. */
type UnderWay = { readonly stage: Stage; readonly step: Step };

/** I5 of one incident: each service's row, its custody, the live picture, the facts of its evaluation. */
export function checkProjections(file: CaseFile, history: History, ctx: ProjectionContext): void {
  if (ctx.onTheWay.has(file.incidentId)) return;
  for (const row of file.rows) refuseAhead(row, row.stage, history, ctx);
  if (file.picture !== undefined) refuseAhead(file.picture, 'the live picture', history, ctx);
  const holders = file.rows.filter((row) => row.held).map((row) => row.stage);
  if (holders.length > 1) {
    ctx.findings.found('I5', `held at once by ${holders.join(' and ')}`, {
      incidentId: file.incidentId,
    });
  }
  const last = history.steps.at(-1);
  if (!history.whole || last === undefined) return;
  checkRows(file, history, last, ctx);
  checkPicture(file, history, last, ctx);
  checkEvaluations(history, ctx.findings);
}

/** I2: what a row says has happened stands in the history. */
function refuseAhead(
  row: { readonly incident_id: string; readonly version: number },
  whose: string,
  { last }: History,
  { findings }: ProjectionContext,
): void {
  findings.looked('I2', 'rows');
  if (row.version <= last) return;
  const history = last === 0 ? 'there is no history' : `the history ends with ${last}`;
  findings.found('I2', `the row of ${whose} is at version ${row.version}, ${history}`, {
    incidentId: row.incident_id,
    version: row.version,
  });
}

/** Follows custody through the history: the row every service that had the incident must have. */
function expectedRows(steps: readonly Step[]): {
  readonly rows: ReadonlyMap<Stage, Expected>;
  readonly underWay: UnderWay | undefined;
} {
  const rows = new Map<Stage, Expected>();
  let since = 1;
  let underWay: UnderWay | undefined;
  for (const step of steps) {
    const { event } = step;
    const writer = stageOf(event.type);
    rows.set(writer, { version: event.version, since, custodian: event.custodian });
    underWay = undefined;
    if (!isHandOver(event.type)) continue;
    since = event.version;
    underWay = { stage: event.custodian, step };
  }
  return { rows, underWay };
}

function checkRows(file: CaseFile, { steps }: History, last: Step, ctx: ProjectionContext): void {
  const { rows: before, underWay } = expectedRows(steps);
  const expected = new Map(before);
  if (underWay !== undefined) {
    const { stage, step } = underWay;
    const { version } = step.event;
    const row = file.rows.find((r) => r.stage === stage);
    if (row !== undefined && row.version >= version) {
      expected.set(stage, { version, since: version, custodian: stage });
    } else notTaken(file, underWay, ctx);
  }
  const rows = new Map(file.rows.map((row) => [row.stage, row]));
  for (const stage of new Set([...expected.keys(), ...rows.keys()])) {
    ctx.findings.looked('I5', 'rows of services');
    const wrong = checkRow(expected.get(stage), rows.get(stage), last.after, ctx);
    if (wrong !== undefined) {
      const where = { incidentId: file.incidentId, version: rows.get(stage)?.version };
      ctx.findings.found('I5', `${stage}: ${wrong}`, where);
    }
  }
}

/** In flight when nobody has read so far, set aside when it says so; otherwise it was lost. */
function notTaken(file: CaseFile, { stage, step }: UnderWay, ctx: ProjectionContext): void {
  const { incidentId } = file;
  if (ctx.parked.has(`${stage}/${incidentId}`)) return;
  const { version, recordedAt } = step.event;
  // Where the log stands elsewhere nobody can tell from here how far the stage has read.
  const read = ctx.profile.elsewhere ? 0 : (ctx.offsets.get(stage)?.position ?? 0);
  if (step.position > read) {
    ctx.waiting.add(`hand-overs ${stage} has not read`, Date.parse(recordedAt));
    return;
  }
  const what = `handed to ${stage}, which has read on and never took it: nobody holds it`;
  ctx.findings.found('I5', what, { incidentId, version });
}

/** What is wrong with a row, in words; its alarm is I6's matter. */
function checkRow(
  expected: Expected | undefined,
  row: StageRow | undefined,
  state: Incident,
  ctx: ProjectionContext,
): string | undefined {
  if (expected === undefined) return 'has a row, but never had the incident';
  if (row === undefined) return 'has no row, though it had the incident';
  const held = expected.custodian === row.stage;
  const wanted = {
    ...expected,
    held,
    status: held ? state.status : null,
    centre_id: held ? state.centreId : null,
    unit_id: held ? (state.assignment?.unitId ?? null) : null,
    assists: held ? assistsOf(state) : null,
    awaits: held ? (seatsAwaited(state) ?? null) : null,
    has_left: !held,
  };
  const { incident_id: _id, stage: _stage, due_ms: due, ...there } = row;
  const column = firstDifference(wanted, there)?.split('.', 1)[0];
  if (column !== undefined) {
    const [says, is] = [shown(there, column), shown(wanted, column)];
    return `${column} is ${says} in the row, ${is} by the history`;
  }
  if (held) checkAlarm(state, row, ctx.bounds, ctx.findings);
  else if (due !== null) return 'an alarm is armed for what another one holds';
  return undefined;
}

/** Who assists and has not finished, each by its own receipt, as the row has them. */
function assistsOf(state: Incident): readonly string[] | null {
  const open = openAssists(state).flatMap((assist) => {
    const status = assistStatus(state, assist);
    return status === undefined ? [] : [`${status} ${assist.unitId}`];
  });
  return open.length === 0 ? null : open;
}

function shown(row: object, column: string): string {
  return JSON.stringify(Object.entries(row).find(([name]) => name === column)?.[1] ?? null);
}

function checkPicture(
  file: CaseFile,
  { steps }: History,
  last: Step,
  ctx: ProjectionContext,
): void {
  const { picture } = file;
  const { findings, offsets } = ctx;
  const { incidentId } = file;
  findings.looked('I5', 'rows of the live picture');
  const read = offsets.get('monitor')?.position ?? 0;
  const owed = steps.findLast(({ fed }) => fed !== null && fed <= read)?.event.version ?? 0;
  const version = picture?.version ?? 0;
  if (version < owed) {
    const what = `the live picture is at version ${version}, but has read as far as ${owed}`;
    findings.found('I5', what, { incidentId, version: last.event.version });
    return;
  }
  const shown = steps.find((step) => step.event.version === version)?.after;
  if (picture === undefined || shown === undefined) return;
  const column = firstDifference(columnsOf(shown), picture);
  if (column === undefined) return;
  const what = `the live picture differs from the history: ${column}`;
  findings.found('I5', what, { incidentId, version });
}

/** The picture's row as the table gives it back: times in ms. */
function columnsOf(state: Incident): PictureColumns {
  const row = pictureOf(state);
  return {
    ...row,
    reported_at: Date.parse(row.reported_at),
    due_at: row.due_at === null ? null : Date.parse(row.due_at),
    ended_at: row.ended_at === null ? null : Date.parse(row.ended_at),
    updated_at: Date.parse(row.updated_at),
  };
}

function checkEvaluations({ incidentId, steps }: History, findings: Findings): void {
  for (const { event, before } of steps) {
    if (event.type !== 'archive.evaluated' || before === undefined) continue;
    findings.looked('I5', 'evaluations');
    const differs = firstDifference(evaluate(before), event.data.facts);
    if (differs === undefined) continue;
    const what = `the evaluation differs from the history: ${differs}`;
    findings.found('I5', what, { incidentId, version: event.version });
  }
}
