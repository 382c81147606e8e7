import { detours } from './detours.ts';
import { endings } from './endings.ts';
import {
  ahead,
  archived,
  assign,
  byCaller,
  DAY_MS,
  filed,
  finish,
  noise,
  OTHER_UNIT,
  passed,
  place,
  received,
  STANDARD,
  toArchive,
  UNIT,
  type Way,
  type Ways,
} from './steps.ts';

/*
 * The ways an incident goes from its report into the archive, by people of the demo district 杨浦 (the
 * subdistrict 五角场, and the district centre). Each ends with the incident archived.
 */

const straight: Way = async (c, random) => {
  await received(c, random);
  await c.give('hua-enforcement-member', 'note', { text: '已到现场' });
  await finish(c);
  await toArchive(c);
};

/** The district's own, as the README walks it. */
const district: Way = async (c, random) => {
  await c.report('chen-seat', {
    ...byCaller(random),
    description: '路灯天黑后未亮',
    location: place(random),
  });
  await c.give('li-clerk', 'file', { categoryCode: 'C01-37', standardId: 'C01-37.4' });
  await c.give('wang-dispatcher', 'assign', { unitId: 'yp-roads' });
  await c.give('yang-roads-leader', 'receive');
  await c.give('zhu-roads-member', 'finish', { result: 'resolved', answer: '路灯已亮' });
  await c.give('yang-roads-leader', 'confirm');
  await c.give('zhou-verifier', 'check', { outcome: 'pass' });
  await c.give('li-clerk', 'call-back', { reached: true, resolved: true, satisfaction: 'fair' });
  await c.give('wu-evaluator', 'archive');
};

const calledBack: Way = async (c, random) => {
  await received(c, random, byCaller(random));
  await finish(c, { answer: '已制止噪声' });
  await passed(c);
  await c.give('zhang-verifier', 'call-back', { reached: true, satisfaction: 'satisfied' });
  await archived(c);
};

const returned: Way = async (c, random) => {
  await received(c, random);
  await c.give('yan-enforcement-leader', 'return', { reasonCode: 'not-our-duty' });
  await c.give('lv-dispatcher', 'note', { text: '已与两家单位核对' });
  await c.give('lv-dispatcher', 'rule-return', {
    ruling: 'reassign',
    fault: 'misdispatch',
    unitId: OTHER_UNIT,
  });
  await c.give('wei-cleaning-member', 'receive');
  await c.give('wei-cleaning-member', 'finish', { result: 'resolved' });
  await c.give('jin-cleaning-leader', 'confirm');
  await toArchive(c);
};

const reworked: Way = async (c, random) => {
  await received(c, random);
  await finish(c);
  await c.give('zhang-verifier', 'check', {
    outcome: 'fail',
    cause: 'not-enough',
    text: '噪声仍在',
  });
  await finish(c);
  await toArchive(c);
};

const recalled: Way = async (c, random) => {
  await filed(c, random);
  await c.give('lv-dispatcher', 'assign', { unitId: OTHER_UNIT });
  await c.give('lv-dispatcher', 'recall', { reasonCode: 'wrong-unit' });
  await assign(c);
  await finish(c);
  await toArchive(c);
};

const reopened: Way = async (c, random) => {
  await received(c, random);
  await finish(c);
  await passed(c);
  await c.give('kong-evaluator', 'reopen', { reasonCode: 'recurred' });
  await assign(c);
  await finish(c);
  await toArchive(c);
};

/** Put off until a moment that is near: it goes on by itself, which is the timers' work. */
const suspended: Way = async (c, random) => {
  await received(c, random);
  const until = ahead(20_000 + random.int(10_000));
  await c.may('yan-enforcement-leader', 'request-suspension', { kind: 'funds', until });
  await c.may('shi-supervisor', 'decide-suspension', { decision: 'grant' });
  await c.until('he-clerk', (status) => status !== 'suspended', 'the end of its suspension');
  await finish(c);
  await toArchive(c);
};

/** Promised upstream by a moment that is near: a red mark comes, and it is worked on all the same. */
const promised: Way = async (c, random) => {
  // Where the request needs so many tries that the moment has passed, a later one is named.
  let taken = false;
  for (let inMs = 5_000 + random.int(10_000); !taken; inMs *= 3) {
    taken = await c.mayReport('tao-grid', {
      ...noise(random),
      ...byCaller(random),
      upstreamDueAt: ahead(inMs),
    });
  }
  await c.give('he-clerk', 'file', STANDARD);
  await assign(c);
  await c.may('su-seat', 'urge');
  await finish(c, { answer: '已制止噪声' });
  await passed(c);
  await c.give('zhang-verifier', 'call-back', { reached: true, satisfaction: 'neutral' });
  await archived(c);
};

const putOff: Way = async (c, random) => {
  await received(c, random);
  const kind = { kind: 'funds', until: ahead(DAY_MS) };
  await c.give('yan-enforcement-leader', 'request-suspension', kind);
  await c.give('shi-supervisor', 'decide-suspension', { decision: 'refuse', text: '不同意' });
  await finish(c);
  await toArchive(c);
};

const assisted: Way = async (c, random) => {
  await filed(c, random);
  const assists = [{ unitId: OTHER_UNIT, task: '清运' }];
  await c.give('lv-dispatcher', 'assign', { unitId: UNIT, assists });
  await c.give('wei-cleaning-member', 'receive');
  await c.give('wei-cleaning-member', 'finish', { result: 'resolved' });
  await c.give('hua-enforcement-member', 'receive');
  await finish(c);
  await toArchive(c);
};

const supplemented: Way = async (c, random) => {
  await received(c, random, byCaller(random));
  await c.give('su-seat', 'supplement', { channel: 'hotline-12345', text: '又一次来电' });
  await finish(c, { answer: '已制止噪声' });
  await passed(c);
  await c.give('zhang-verifier', 'call-back', { reached: true, satisfaction: 'satisfied' });
  await archived(c);
};

/** People try what is not theirs to do, or not any more. */
const mistaken: Way = async (c, random) => {
  await filed(c, random);
  await c.mustNot('he-clerk', 'file', STANDARD);
  await c.mustNot('zhang-verifier', 'assign', { unitId: UNIT });
  await assign(c);
  await c.mustNot('zhang-verifier', 'check', { outcome: 'pass' });
  await finish(c);
  await c.mustNot('yan-enforcement-leader', 'confirm');
  await toArchive(c);
  await c.mustNot('kong-evaluator', 'archive');
};

/** All of them; what is common is drawn more often. */
export const ways: Ways = {
  ...endings,
  ...detours,
  straight: { way: straight, weight: 5 },
  district: { way: district, weight: 2 },
  calledBack: { way: calledBack, weight: 2 },
  returned: { way: returned, weight: 2 },
  reworked: { way: reworked, weight: 2 },
  recalled: { way: recalled, weight: 1 },
  reopened: { way: reopened, weight: 2 },
  suspended: { way: suspended, weight: 2 },
  promised: { way: promised, weight: 2 },
  putOff: { way: putOff, weight: 1 },
  assisted: { way: assisted, weight: 1 },
  supplemented: { way: supplemented, weight: 2 },
  mistaken: { way: mistaken, weight: 2 },
};
