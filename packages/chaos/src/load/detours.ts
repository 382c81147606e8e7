import type { Random } from '@cityloop/testing/random';
import {
  ahead,
  archived,
  assign,
  DAY_MS,
  finish,
  noise,
  received,
  STANDARD,
  toArchive,
  type Way,
  type Ways,
} from './steps.ts';

/* Ways through all stages on which more is done than has to be: asked, moved, put off, ordered, forced. */

const SUBDISTRICT = '310110019';

/** Told to the district of a place in 五角场街道, by nobody who waits for an answer. */
const toldDistrict = (random: Random) => ({
  ...noise(random),
  channel: 'hotline-12345',
  location: { lon: 121.501, lat: 31.302, crs: 'WGS84' },
});

/** Found by one centre, and another one's to file after its grid worker has looked. */
const transferred: Way = async (c, random) => {
  await c.report('chen-seat', toldDistrict(random));
  await c.give('li-clerk', 'transfer', { centreId: SUBDISTRICT });
  await c.give('he-clerk', 'request-fact-check', { personId: 'tao-grid' });
  await c.give('tao-grid', 'report-fact-check', { outcome: 'true', text: '属实' });
  await c.give('he-clerk', 'file', STANDARD);
  await assign(c);
  await finish(c);
  await toArchive(c);
};

/** Down, up, down, taken up, and down once more: filed by the district, handled by the subdistrict. */
const levels: Way = async (c, random) => {
  await c.report('chen-seat', toldDistrict(random));
  await c.give('li-clerk', 'file', STANDARD);
  await c.give('wang-dispatcher', 'pass-down');
  await c.give('lv-dispatcher', 'escalate', { kind: 'no-authority' });
  await c.give('wang-dispatcher', 'pass-down', { centreId: SUBDISTRICT });
  await c.give('wang-dispatcher', 'take-up');
  await c.give('wang-dispatcher', 'pass-down', { centreId: SUBDISTRICT });
  await assign(c);
  await finish(c);
  await c.give('zhang-verifier', 'check', { outcome: 'pass' });
  await c.give('wu-evaluator', 'archive');
};

/** More time, agreed to by two; then what is finished is sent back to the crew once. */
const extended: Way = async (c, random) => {
  await received(c, random);
  await c.give('yan-enforcement-leader', 'assign-crew', { personIds: ['hua-enforcement-member'] });
  await c.give('hua-enforcement-member', 'contact', { result: 'reached' });
  // Two working hours of urgent work: far enough for every try.
  const dueAt = await c.sees('he-clerk', ({ clocks }) => clocks?.handle?.dueAt, 'its deadline');
  const until = new Date(Date.parse(dueAt) + 60_000).toISOString();
  await c.give('hua-enforcement-member', 'request-extension', { until, reasonCode: 'complex' });
  await c.give('yan-enforcement-leader', 'decide-extension', { decision: 'grant' });
  await c.give('lv-dispatcher', 'decide-extension', { decision: 'grant' });
  await c.give('hua-enforcement-member', 'finish', { result: 'resolved' });
  await c.give('yan-enforcement-leader', 'send-back', { text: '请补拍全景' });
  await finish(c);
  await toArchive(c);
};

/** Put off for days and resumed before. */
const resumed: Way = async (c, random) => {
  await received(c, random);
  const kind = { kind: 'weather', until: ahead(3 * DAY_MS) };
  await c.give('hua-enforcement-member', 'request-suspension', kind);
  await c.give('yan-enforcement-leader', 'decide-suspension', { decision: 'grant' });
  await c.give('shi-supervisor', 'decide-suspension', { decision: 'grant' });
  await c.give('yan-enforcement-leader', 'resume');
  await finish(c);
  await toArchive(c);
};

/** Corrected, and ordered by a leader, who is answered. */
const supervised: Way = async (c, random) => {
  await received(c, random);
  await c.give('he-clerk', 'amend', { urgency: 'urgent', reasonCode: 'urgency-changed' });
  const order = { kind: 'leader', requirement: '今日办结', dueAt: ahead(DAY_MS) };
  await c.give('cao-leader', 'supervise', order);
  const supervisionId = await c.sees(
    'he-clerk',
    ({ supervisions }) => supervisions?.[0]?.id,
    'its supervision',
  );
  const reply = { supervisionId, text: '已安排' };
  await c.give('yan-enforcement-leader', 'reply-supervision', reply);
  await finish(c);
  await toArchive(c);
};

/** Nobody can check it any more. */
const forced: Way = async (c, random) => {
  await received(c, random);
  await finish(c);
  await c.give('he-clerk', 'close', { forced: true, text: '现场已灭失，无法核查' });
  await c.give('zhao-supervisor', 'decide-forced-close', { decision: 'grant' });
  await archived(c);
};

export const detours: Ways = {
  transferred: { way: transferred, weight: 1 },
  levels: { way: levels, weight: 2 },
  extended: { way: extended, weight: 1 },
  resumed: { way: resumed, weight: 1 },
  supervised: { way: supervised, weight: 1 },
  forced: { way: forced, weight: 1 },
};
