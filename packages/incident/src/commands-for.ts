import {
  type ApprovalAct,
  approvalActs,
  followCustody,
  type Incident,
  type Status,
  type Subject,
  type Verb,
} from '@cityloop/contracts';
import { mayDecide } from './approvals.ts';
import { assistOf, assistStatus } from './assists.ts';
import { may } from './authorize.ts';
import { isBarred, isEnded } from './everywhere.ts';
import { isGranted } from './pauses.ts';

/** What fits each status, as far as the status alone can tell. */
const byStatus: Readonly<Record<Status, readonly Verb[]>> = {
  reported: [
    'request-fact-check',
    'merge',
    'file',
    'decline',
    'decide-decline',
    'decide-self-handled',
    'answer',
    'transfer',
  ],
  'fact-checking': ['report-fact-check'],
  merging: [],
  'to-dispatch': ['assign', 'pass-down', 'escalate', 'take-up', 'cancel', 'decide-cancel'],
  'to-rule': ['rule-return', 'take-up', 'cancel', 'decide-cancel'],
  assigned: ['receive', 'return', 'recall'],
  handling: [
    'assign-crew',
    'contact',
    'return',
    'decide-late-return',
    'recall',
    'request-extension',
    'decide-extension',
    'request-suspension',
    'decide-suspension',
    'finish',
  ],
  suspended: ['resume', 'recall'],
  finished: ['confirm', 'send-back', 'recall'],
  'to-check': [
    'check',
    'order-rework',
    'close',
    'decide-close',
    'decide-forced-close',
    'call-back',
  ],
  'to-close': ['close', 'decide-close', 'decide-forced-close', 'call-back', 'order-rework'],
  closed: ['reopen', 'archive'],
  declined: ['archive'],
  answered: ['archive'],
  merged: ['unmerge', 'archive'],
  'self-handled': ['archive'],
  cancelled: ['reopen', 'archive'],
  withdrawn: ['reopen', 'archive'],
  archived: [],
};

/** Each decision with the act it is on. */
const decisions: ReadonlyMap<Verb, ApprovalAct> = new Map(
  approvalActs.map((act) => [`decide-${act}`, act]),
);

/** What a unit that assists does with its own part, wherever the lead stands with it. */
const byAssist: Readonly<Record<'assigned' | 'handling' | 'suspended', readonly Verb[]>> = {
  assigned: ['receive'],
  handling: ['contact', 'finish'],
  suspended: [],
};
const assistVerbs: ReadonlySet<Verb> = new Set(Object.values(byAssist).flat());

function fitting({ unitId }: Subject, incident: Incident): readonly Verb[] {
  const verbs = byStatus[incident.status];
  const assist = assistOf(incident, unitId);
  if (assist === undefined) return verbs;
  const status = assistStatus(incident, assist);
  const own = status === undefined ? [] : byAssist[status];
  return [...own, ...verbs.filter((verb) => !assistVerbs.has(verb))];
}

/** What needs something pending to answer to. */
function hasObject(verb: Verb, incident: Incident, subject: Subject): boolean {
  const act = decisions.get(verb);
  if (act !== undefined) {
    return incident.requests.some((r) => r.act === act && mayDecide(r, subject, incident));
  }
  switch (verb) {
    case 'withdraw-request':
      return incident.requests.some((r) => r.by === subject.id);
    case 'revoke-pause':
      return incident.pauses.some((p) => isGranted(p) && p.revokedAt === undefined);
    case 'unmerge':
      return incident.unmerging !== true;
    case 'escalate':
      return incident.level === 'subdistrict';
    case 'take-up':
      return incident.level === 'subdistrict';
    case 'pass-down':
      return incident.level === 'district';
    case 'reply-supervision':
    case 'withdraw-supervision':
      return incident.supervisions.some(
        (s) => s.repliedAt === undefined && s.withdrawnAt === undefined,
      );
    case 'go-live':
      return incident.imported === true && !isEnded(incident);
    case 'reveal':
      return incident.demands.some((d) => d.caller !== undefined);
    default:
      return true;
  }
}

/** The commands this person may give on this incident now; what the console offers as buttons. */
export function commandsFor(subject: Subject, incident: Incident): readonly Verb[] {
  const common = followCustody.filter((verb) => !isBarred(verb, incident));
  return [...fitting(subject, incident), ...common].filter(
    (verb) => hasObject(verb, incident, subject) && may(subject, verb, incident),
  );
}
