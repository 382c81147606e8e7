import type { Random } from '@cityloop/testing/random';
import type { Case } from './case.ts';
import {
  archived,
  assign,
  byCaller,
  filed,
  finish,
  noise,
  received,
  reported,
  STANDARD,
  toArchive,
  type Way,
  type Ways,
} from './steps.ts';

/* The ways by which an incident ends before it is handled, or in another one; each ends in the archive. */

const declined: Way = async (c, random) => {
  await reported(c, random);
  await c.give('he-clerk', 'note', { text: '来电人无法联系' });
  await c.give('he-clerk', 'decline', { reasonCode: 'condition-not-met' });
  await archived(c);
};

/** 直接解答: nobody has to go out. */
const answered: Way = async (c, random) => {
  await c.report('su-seat', { ...noise(random), ...byCaller(random) });
  await c.give('su-seat', 'answer', { answer: '已告知办理途径' });
  await archived(c);
};

/** Handled by whoever found it, who shows it before and after. */
const selfHandled: Way = async (c, random) => {
  const attachments = [await c.photo('tao-grid'), await c.photo('tao-grid')];
  await reported(c, random, { selfHandled: true, attachments });
  await c.give('he-clerk', 'file', { categoryCode: STANDARD.categoryCode });
  await archived(c);
};

/** 作废: applied for, refused, applied for again and agreed to by the district. */
const cancelled: Way = async (c, random) => {
  await filed(c, random);
  const refuse = { decision: 'refuse', text: '问题属实' };
  await c.give('lv-dispatcher', 'cancel', { reasonCode: 'duplicate' });
  await c.give('zhao-supervisor', 'decide-cancel', refuse);
  await c.give('lv-dispatcher', 'cancel', { reasonCode: 'misreport' });
  await c.give('zhao-supervisor', 'decide-cancel', { decision: 'grant' });
  await archived(c);
};

/** The caller wants nothing more, wherever it stands by then. */
const withdrawnFrom =
  (come: (c: Case, random: Random) => Promise<void>): Way =>
  async (c, random) => {
    await come(c, random);
    await c.give('he-clerk', 'withdraw');
    await archived(c);
  };

async function checkable(c: Case, random: Random): Promise<void> {
  await received(c, random);
  await finish(c);
}

async function taken(into: Case, c: Case, random: Random): Promise<void> {
  await received(into, random);
  await reported(c, random);
  await c.give('he-clerk', 'merge', { into: into.id });
  await c.until('he-clerk', (status) => status === 'merged', 'its merge');
}

/** Two of the same: one is taken into the other by an ask between services. */
const merged: Way = async (c, random) => {
  const into = c.sibling();
  await taken(into, c, random);
  await archived(c);
  await finish(into);
  await toArchive(into);
};

/** They were not the same after all: each goes its own way. */
const unmerged: Way = async (c, random) => {
  const into = c.sibling();
  await taken(into, c, random);
  await c.give('he-clerk', 'unmerge', { text: '并非同一问题' });
  // What is seen may be of before the merge: it is back when it can be filed.
  await c.insist('he-clerk', 'file', STANDARD);
  await assign(c);
  await finish(c);
  await toArchive(c);
  await finish(into);
  await toArchive(into);
};

export const endings: Ways = {
  declined: { way: declined, weight: 1 },
  answered: { way: answered, weight: 1 },
  selfHandled: { way: selfHandled, weight: 1 },
  cancelled: { way: cancelled, weight: 1 },
  withdrawnUnfiled: { way: withdrawnFrom(reported), weight: 1 },
  withdrawnUnassigned: { way: withdrawnFrom(filed), weight: 1 },
  withdrawn: { way: withdrawnFrom(received), weight: 1 },
  withdrawnUnchecked: { way: withdrawnFrom(checkable), weight: 1 },
  merged: { way: merged, weight: 2 },
  unmerged: { way: unmerged, weight: 1 },
};
