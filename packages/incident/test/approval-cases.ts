import type { DistrictPack, Subject, Verb } from '@cityloop/contracts';
import {
  chainsForAll,
  closed,
  confirmed,
  filed,
  people,
  reported,
  type Story,
  story,
  testPolicy,
} from '@cityloop/testing';

const { clerk, dispatcher, verifier, supervisor } = people;
export type Rows = DistrictPack['approvals'];

const begun = (): Story => story(testPolicy({ approvals: chainsForAll }));
const selfHandled = (): Story =>
  begun().report(
    {
      categoryCode: 'E01-10',
      channel: 'grid-worker',
      selfHandled: true,
      attachments: ['before', 'after'],
    },
    people.westGrid,
  );

type Case = {
  readonly from: () => Story;
  readonly by: Subject;
  readonly verb: Verb;
  readonly body: object;
  readonly stage: string;
  /** What carries the act out, and the status it leads to. */
  readonly done: string;
  readonly status: string;
  readonly first: Subject;
  readonly last: Subject;
};
const atDistrict = { first: verifier, last: supervisor };
const inWest = { first: people.westVerifier, last: people.westSupervisor };
export const row = { categoryCode: 'E01-10', standardId: 'E01-10.1' };
/** Each act of a centre: who applies for it where, and what it leads to. */
export const cases = {
  decline: {
    from: () => reported(begun()),
    ...{ by: clerk, verb: 'decline', body: { reasonCode: 'condition-not-met' } },
    ...{ stage: 'intake', done: 'declined', status: 'declined', ...atDistrict },
  },
  'self-handled': {
    from: selfHandled,
    ...{ by: people.westClerk, verb: 'file', body: row },
    ...{ stage: 'intake', done: 'self-handled', status: 'self-handled', ...inWest },
  },
  cancel: {
    from: () => filed(reported(begun())),
    ...{ by: dispatcher, verb: 'cancel', body: { reasonCode: 'misreport' } },
    ...{ stage: 'dispatch', done: 'cancelled', status: 'cancelled', ...atDistrict },
  },
  close: {
    from: () => closed(walked()),
    ...{ by: clerk, verb: 'close', body: {} },
    ...{ stage: 'verification', done: 'closed', status: 'closed', ...atDistrict },
  },
  'forced-close': {
    from: () => walked(),
    ...{ by: clerk, verb: 'close', body: { forced: true, text: '长期无法入户' } },
    ...{ stage: 'verification', done: 'closed', status: 'closed', ...atDistrict },
  },
} satisfies Readonly<Record<string, Case>>;
export type Act = keyof typeof cases;
export const acts = Object.keys(cases) as Act[];

/** Handled and confirmed: waits for its check. */
export function walked(): Story {
  const assigned = filed(reported(begun())).give(dispatcher, 'assign', { unitId: 'roads' });
  return confirmed(
    assigned
      .give(people.roadsMember, 'receive')
      .give(people.roadsMember, 'finish', { result: 'resolved', attachments: ['after'] }),
  );
}

/** Applied for, nobody has decided yet. */
export const applied = (act: Act): Story => {
  const { from, by, verb, body } = cases[act];
  return from().give(by, verb, body);
};
export const decides = (act: Act): `decide-${Act}` => `decide-${act}`;
