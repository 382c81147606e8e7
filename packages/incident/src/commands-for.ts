import {
  followCustody,
  type Incident,
  type Status,
  type Subject,
  type Verb,
} from '@cityloop/contracts';
import { assistOf, assistStatus } from './assists.ts';
import { may } from './authorize.ts';
import { isBarred, isEnded } from './everywhere.ts';

/** What fits each status, as far as the status alone can tell. */
const byStatus: Readonly<Record<Status, readonly Verb[]>> = {
  reported: ['request-fact-check', 'merge', 'file', 'decline', 'answer', 'transfer'],
  'fact-checking': ['report-fact-check'],
  merging: [],
  'to-dispatch': ['assign', 'pass-down', 'escalate', 'take-up', 'cancel'],
  'to-rule': ['rule-return', 'take-up', 'cancel'],
  assigned: ['receive', 'return', 'recall'],
  handling: [
    'assign-crew',
    'contact',
    'return',
    'recall',
    'request-extension',
    'decide-extension',
    'request-suspension',
    'decide-suspension',
    'finish',
  ],
  suspended: ['resume', 'recall'],
  finished: ['confirm', 'send-back', 'recall'],
  'to-check': ['check', 'order-rework', 'close', 'call-back'],
  'to-close': ['close', 'call-back', 'order-rework'],
  closed: ['reopen', 'archive'],
  declined: ['archive'],
  answered: ['archive'],
  merged: ['archive'],
  'self-handled': ['archive'],
  cancelled: ['reopen', 'archive'],
  withdrawn: ['reopen', 'archive'],
  archived: [],
};

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
function hasObject(verb: Verb, incident: Incident): boolean {
  switch (verb) {
    case 'decide-extension':
      return incident.requests.some((r) => r.act === 'extension');
    case 'decide-suspension':
      return incident.requests.some((r) => r.act === 'suspension');
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
    (verb) => hasObject(verb, incident) && may(subject, verb, incident),
  );
}
