/** The loop services; each incident is in the custody of exactly one of them at a time. */
export const stages = ['intake', 'dispatch', 'handling', 'verification', 'archive'] as const;
export type Stage = (typeof stages)[number];

export const stageNames: Readonly<Record<Stage, string>> = {
  intake: '受理',
  dispatch: '派遣',
  handling: '处置',
  verification: '核查',
  archive: '归档',
};

/**
 * The contract of the whole: every event by which custody passes, and to whom. An event that is not
 * listed leaves custody where it is. `….withdrawn` is listed for each stage that may give it.
 */
export const handOvers = {
  'intake.reported': 'intake',
  'intake.filed': 'dispatch',
  'intake.declined': 'archive',
  'intake.answered': 'archive',
  'intake.merged': 'archive',
  'intake.self-handled': 'archive',
  'dispatch.assigned': 'handling',
  'dispatch.cancelled': 'archive',
  'handling.returned': 'dispatch',
  'handling.recalled': 'dispatch',
  'handling.confirmed': 'verification',
  'verification.rework-ordered': 'handling',
  'verification.closed': 'archive',
  'intake.withdrawn': 'archive',
  'dispatch.withdrawn': 'archive',
  'handling.withdrawn': 'archive',
  'verification.withdrawn': 'archive',
  'archive.reopened': 'dispatch',
  // Only what was not filed yet is ever merged: so that is where it goes back to, to be filed or not.
  'archive.unmerged': 'intake',
} as const satisfies Readonly<Record<string, Stage>>;

export type HandOverType = keyof typeof handOvers;

const handOverMap = new Map<string, Stage>(Object.entries(handOvers));

/** The stage whose service wrote an event of this type: the part before the dot. */
export function stageOf(type: string): Stage {
  const stage = type.slice(0, type.indexOf('.'));
  const known = stages.find((name) => name === stage);
  if (known === undefined) throw new RangeError(`no stage writes events of type ${type}`);
  return known;
}

/** The holder after an event of this type. */
export function custodianAfter(type: string): Stage {
  return handOverMap.get(type) ?? stageOf(type);
}

/** Whether an event of this type passes custody to another service (birth is no hand-over). */
export function isHandOver(type: string): type is HandOverType {
  return type !== 'intake.reported' && handOverMap.has(type);
}
