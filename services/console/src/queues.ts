import type { Stage, Status, Subject } from '@cityloop/contracts';

export type Queue = {
  readonly stage: Stage;
  readonly statuses: readonly Status[];
  /** Whose rows the caller sees; undefined when it is nobody's queue of theirs. */
  of(
    subject: Subject,
  ):
    | { readonly centreIdPrefix?: string | undefined; readonly unitId?: string | undefined }
    | undefined;
};

/** The queues of a centre: its own, and those of the centres below it. */
const centre = (subject: Subject) =>
  subject.centreId === undefined ? undefined : { centreIdPrefix: subject.centreId };
const unit = (subject: Subject) =>
  subject.unitId === undefined ? undefined : { unitId: subject.unitId };
const either = (subject: Subject) => unit(subject) ?? centre(subject);

/** 待办 by name. */
export const queues: ReadonlyMap<string, Queue> = new Map<string, Queue>([
  ['to-accept', { stage: 'intake', statuses: ['reported'], of: centre }],
  ['fact-checks', { stage: 'intake', statuses: ['fact-checking'], of: centre }],
  ['to-dispatch', { stage: 'dispatch', statuses: ['to-dispatch'], of: centre }],
  ['to-rule', { stage: 'dispatch', statuses: ['to-rule'], of: centre }],
  ['to-receive', { stage: 'handling', statuses: ['assigned'], of: either }],
  ['handling', { stage: 'handling', statuses: ['handling'], of: either }],
  ['suspended', { stage: 'handling', statuses: ['suspended'], of: either }],
  ['to-confirm', { stage: 'handling', statuses: ['finished'], of: either }],
  ['to-check', { stage: 'verification', statuses: ['to-check'], of: centre }],
  ['to-close', { stage: 'verification', statuses: ['to-close'], of: centre }],
  [
    'to-archive',
    {
      stage: 'archive',
      statuses: [
        'closed',
        'declined',
        'answered',
        'merged',
        'self-handled',
        'cancelled',
        'withdrawn',
      ],
      of: centre,
    },
  ],
]);

/** The queue of applications to decide on, wherever they are: by seat, not by status. */
export const TO_APPROVE = 'to-approve';

/** The queue of what is supervised (督办), wherever it is: by sight, not by status. */
export const SUPERVISED = 'supervised';

export const queueNames: readonly string[] = [...queues.keys(), TO_APPROVE, SUPERVISED];
