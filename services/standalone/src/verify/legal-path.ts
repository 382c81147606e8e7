import type { CommonFact, EventType, Incident, Stage } from '@cityloop/contracts';

type Status = Incident['status'];

type Own = Exclude<EventType, `${Stage}.${CommonFact}` | 'intake.reported'>;

const ended: readonly Status[] = [
  'closed',
  'declined',
  'answered',
  'merged',
  'self-handled',
  'cancelled',
  'withdrawn',
];
const atDispatch: readonly Status[] = ['to-dispatch', 'to-rule'];
const atUnit: readonly Status[] = ['assigned', 'handling', 'suspended', 'finished'];
const atCheck: readonly Status[] = ['to-check', 'to-close'];

/**
 * Which statuses each event may come upon: the checker's own reading of the loop, kept apart from the
 * rules on purpose, so that a rule that lets too much pass is seen. The compiler keeps it complete.
 */
const from: Readonly<Record<Own, readonly Status[]>> = {
  'intake.fact-check-requested': ['reported'],
  'intake.fact-check-reported': ['fact-checking'],
  'intake.merge-started': ['reported'],
  'intake.merge-abandoned': ['merging'],
  'intake.merged': ['merging'],
  'intake.filed': ['reported'],
  'intake.decline-requested': ['reported'],
  'intake.decline-decided': ['reported'],
  'intake.declined': ['reported'],
  'intake.answered': ['reported'],
  'intake.transferred': ['reported'],
  'intake.self-handled-requested': ['reported'],
  'intake.self-handled-decided': ['reported'],
  'intake.self-handled': ['reported'],
  'dispatch.assigned': ['to-dispatch'],
  'dispatch.passed-down': ['to-dispatch'],
  'dispatch.escalated': ['to-dispatch'],
  'dispatch.taken-up': atDispatch,
  'dispatch.return-ruled': ['to-rule'],
  'dispatch.cancel-requested': atDispatch,
  'dispatch.cancel-decided': atDispatch,
  'dispatch.cancelled': atDispatch,
  // An assisting unit receives whenever it comes.
  'handling.received': ['assigned', 'handling', 'finished'],
  'handling.crew-assigned': ['handling'],
  'handling.contacted': ['assigned', 'handling', 'finished'],
  'handling.returned': ['assigned', 'handling'],
  'handling.recalled': atUnit,
  'handling.extension-requested': ['handling'],
  'handling.extension-decided': ['handling'],
  'handling.suspension-requested': ['handling'],
  'handling.suspension-decided': ['handling'],
  'handling.late-return-requested': ['handling'],
  'handling.late-return-decided': ['handling'],
  'handling.resumed': ['suspended'],
  // An assisting unit waits neither for the lead's receipt nor for its end.
  'handling.finished': ['assigned', 'handling', 'finished'],
  'handling.confirmed': ['finished'],
  'handling.sent-back': ['finished'],
  'verification.checked': ['to-check'],
  'verification.called-back': atCheck,
  'verification.rework-ordered': atCheck,
  'verification.close-requested': atCheck,
  'verification.close-decided': atCheck,
  'verification.forced-close-requested': atCheck,
  'verification.forced-close-decided': atCheck,
  'verification.closed': atCheck,
  'archive.evaluated': ended,
  'archive.reopened': ended,
  'archive.unmerge-started': ['merged'],
  'archive.unmerge-abandoned': ['merged'],
  'archive.unmerged': ['merged'],
  'archive.archived': ended,
};

const over: ReadonlySet<Status> = new Set([...ended, 'archived']);
/** Facts that only an open incident takes; of these, the ones one that is being merged does not. */
const whileOpen = new Set([
  ...['supplemented', 'urged', 'supervised', 'absorbed', 'application-withdrawn'],
  ...['demand-withdrawn', 'withdrawn'],
]);
const notMerging = new Set([
  'supplemented',
  'absorbed',
  'released',
  'demand-withdrawn',
  'withdrawn',
]);
/** Who was merged on has no callers left to let go, and what is archived stays as it is. */
const keepsAll: ReadonlySet<Status> = new Set(['merged', 'archived']);

/** Whether an event of this type may follow upon this status (custody is not asked here). */
export function mayFollow(type: EventType, status: Status): boolean {
  if (type === 'intake.reported') return false;
  const own: readonly Status[] | undefined = (
    from as Partial<Record<EventType, readonly Status[]>>
  )[type];
  if (own !== undefined) return own.includes(status);
  const name = type.slice(type.indexOf('.') + 1);
  if (whileOpen.has(name) && over.has(status)) return false;
  if (name === 'released' && keepsAll.has(status)) return false;
  return !(notMerging.has(name) && status === 'merging');
}

const settling = /\.(clock-(?:warned|overdue)|replanned)$|^handling\.resumed$|^archive\.archived$/;

/**
 * Whether settling writes events of this type of itself, as what they tell of comes due: that may lie
 * before the step they are recorded with.
 */
export function isSettling(type: EventType): boolean {
  return settling.test(type);
}
