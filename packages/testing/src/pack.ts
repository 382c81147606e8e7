import {
  type DistrictPack,
  type ModeActivation,
  DistrictPack as packSchema,
} from '@cityloop/contracts';
import { compilePolicy, type Policy } from '@cityloop/incident';
import { catalogue, routing } from './pack-catalogue.ts';
import { packPeople } from './people.ts';

const area = (code: string, parent: string, kind: 'subdistrict' | 'committee' | 'grid') => ({
  code,
  name: `${code} 示例`,
  kind,
  parent,
});

/** Two subdistricts that touch at 121.52° E, one committee and one grid in the western one. */
const areas = [
  { ...area('310110019', '310110', 'subdistrict'), polygons: [[square(121.5, 31.3)]] },
  { ...area('310110012', '310110', 'subdistrict'), polygons: [[square(121.52, 31.3)]] },
  area('310110019001', '310110019', 'committee'),
  { ...area('310110019001001', '310110019001', 'grid'), gridWorkerId: 'west-grid' },
];

function square(lon: number, lat: number): [number, number][] {
  const side = 0.02;
  return [
    [lon, lat],
    [lon + side, lat],
    [lon + side, lat + side],
    [lon, lat + side],
  ];
}

/** Points and codes for reports: inside each subdistrict, on their boundary, and outside. */
export const places = {
  west: { lon: 121.51, lat: 31.31, crs: 'WGS84' },
  east: { lon: 121.53, lat: 31.31, crs: 'WGS84' },
  boundary: { lon: 121.52, lat: 31.31, crs: 'WGS84' },
  outside: { lon: 121.6, lat: 31.31, crs: 'WGS84' },
  grid: { gridCode: '310110019001001' },
} as const;

const unit = (id: string, centreId: string, rest: object = {}) => ({
  id,
  name: `${id} 示例`,
  centreId,
  kind: 'team',
  calendar: 'field',
  ...rest,
});

const units = [
  unit('duty', '310110', { kind: 'department', calendar: 'always' }),
  unit('roads', '310110', { employer: 'roads-co' }),
  unit('greening', '310110', { kind: 'department', calendar: 'office' }),
  unit('gas', '310110', { kind: 'enterprise', employer: 'gas-co', calendar: 'always' }),
  unit('west-office', '310110019', { kind: 'department', calendar: 'office' }),
  unit('west-cleaning', '310110019', { duty: 'cleaning', employer: 'clean-co' }),
  unit('west-enforcement', '310110019', { duty: 'enforcement' }),
  unit('east-office', '310110012', { kind: 'department', calendar: 'office' }),
  unit('east-cleaning', '310110012', { duty: 'cleaning', employer: 'clean-co' }),
];

const reasons = {
  decline: [
    { code: 'out-of-district', text: '不属本区', kind: 'not-accepted', validity: 'out-of-scope' },
    { code: 'condition-not-met', text: '未达到立案条件', kind: 'not-filed', validity: 'invalid' },
  ],
  return: [
    { code: 'not-our-duty', text: '不属本单位职责', validity: 'valid' },
    { code: 'information-missing', text: '信息不全', validity: 'invalid' },
  ],
  cancel: [{ code: 'misreport', text: '误报', validity: 'invalid' }],
  reopen: [
    { code: 'recurred', text: '问题复发' },
    { code: 'repeat-report', text: '重复来电' },
  ],
  recall: [{ code: 'wrong-unit', text: '派遣单位有误', validity: 'valid' }],
  amend: [
    { code: 'category-wrong', text: '类别有误' },
    { code: 'standard-completed', text: '先派后补' },
  ],
  withdraw: [{ code: 'solved-itself', text: '已自行解决' }],
  rework: [
    { code: 'not-enough', text: '处置不到位' },
    { code: 'false-feedback', text: '虚假反馈' },
  ],
  fault: [
    { code: 'misdispatch', text: '派遣错误' },
    { code: 'shirking', text: '推诿' },
  ],
  escalate: [
    { code: 'not-our-area', text: '不属本辖区' },
    { code: 'cross-department', text: '需跨部门' },
  ],
  suspension: [{ code: 'funds', text: '待资金安排' }],
  extension: [{ code: 'complex', text: '情况复杂' }],
  supervise: [{ code: 'important', text: '重要案件' }],
  dissatisfaction: [{ code: 'result', text: '对结果不满意' }],
};

const hours = {
  office: [
    { from: '08:00', to: '12:00' },
    { from: '14:00', to: '18:00' },
  ],
  field: [
    { from: '08:00', to: '11:30' },
    { from: '14:00', to: '20:00' },
  ],
};

const calendars = {
  holidayFile: 'for-tests.yaml',
  holidays: {
    source: 'a few days of 2026, for tests',
    knownFrom: 2025,
    knownThrough: 2026,
    holidays: ['2026-04-04', '2026-04-05', '2026-04-06', '2026-05-01', '2026-05-04', '2026-05-05'],
    workdays: ['2026-05-09'],
  },
  definitions: [
    { id: 'office', name: '机关', hours: hours.office, weekdays: [1, 2, 3, 4, 5], holidays: true },
    {
      id: 'field',
      name: '一线',
      hours: hours.field,
      weekdays: [1, 2, 3, 4, 5, 6, 7],
      holidays: false,
    },
    { id: 'always', name: '全天', alwaysOpen: true, holidays: false },
  ],
};

const clock = (limit: string, calendar: string) => ({ limit, calendar });

const clocks = {
  accept: clock('15分钟', 'always'),
  dispatch: clock('15分钟', 'always'),
  receive: clock('2工作时', 'field'),
  'first-contact': clock('1工作日', 'office'),
  handle: clock('2工作日', 'office'),
  verify: clock('30分钟', 'always'),
  'call-back': clock('1工作日', 'office'),
  rework: clock('1工作日', 'field'),
  ruling: clock('4工作时', 'office'),
  'fact-check': clock('30分钟', 'always'),
  'complete-filing': clock('30分钟', 'always'),
  close: clock('1工作日', 'office'),
  'centre-reserve': clock('4工作时', 'office'),
  'end-to-end': [
    { id: 'urgent', when: { urgency: 'urgent' }, ...clock('1紧急工作日', 'always') },
    { id: 'hotline', when: { kind: 'hotline' }, ...clock('5工作日', 'office') },
    { id: 'default', when: {}, ...clock('20工作日', 'office') },
  ],
};

const approvals = [
  {
    act: 'extension',
    when: { earlier: 1 },
    steps: ['unit-leader', 'dispatcher', 'shift-supervisor'],
  },
  { act: 'extension', steps: ['unit-leader', 'dispatcher'] },
  { act: 'suspension', steps: ['unit-leader', 'shift-supervisor'] },
  { act: 'late-return', steps: ['shift-supervisor'] },
  { act: 'cancel', steps: ['shift-supervisor'], level: 'district' },
  { act: 'forced-close', steps: ['shift-supervisor'], level: 'district' },
  { act: 'decline', steps: [] },
  { act: 'self-handled', steps: [] },
  { act: 'close', steps: [] },
];

const settings = {
  duplicate: { metres: 50, hours: 24 },
  repeat: { metres: 100, days: 30 },
  returns: { limit: '4工作时', dispatcherAccepts: 1, districtRulesFrom: 3 },
  extensions: { max: 2 },
  suspension: { maxDays: 365 },
  callBack: { attempts: 3 },
  check: { unableMost: 2 },
  demands: { max: 50 },
  rework: { minimumShare: 0.25 },
  archiveAfter: '7自然日',
  confirmByRule: false,
  closeByRule: true,
};

/** A whole district small enough to be known by heart: one district centre, two subdistricts. */
export const testPack: DistrictPack = packSchema.parse({
  district: {
    code: '310110',
    name: '示例区',
    levels: { district: '区', subdistrict: '街道', committee: '居委会', grid: '网格' },
    language: 'zh-CN',
  },
  centres: [
    centre('310110', 'district', 'duty', 'always'),
    centre('310110019', 'subdistrict', 'west-office', 'field'),
    centre('310110012', 'subdistrict', 'east-office', 'field'),
  ],
  units,
  areas,
  people: packPeople,
  catalogue,
  routing,
  reasons,
  calendars,
  clocks,
  approvals,
  settings,
});

function centre(id: string, level: string, fallbackUnitId: string, calendar: string) {
  return { id, level, name: `${id} 城运中心`, area: id, fallbackUnitId, calendar };
}

/** Chains of two for every act of a centre, where the test pack has short ones or none. */
export const chainsForAll: DistrictPack['approvals'] = testPack.approvals.map((row) =>
  row.act === 'extension' || row.act === 'suspension'
    ? row
    : { act: row.act, steps: ['verifier', 'shift-supervisor'] },
);

/** The test pack compiled, with other figures of the rules where a test needs them. */
export function testPolicy(
  changes: {
    readonly settings?: Partial<DistrictPack['settings']>;
    readonly approvals?: DistrictPack['approvals'];
    readonly revision?: number;
    /** Modes (平战) in force or over. */
    readonly activations?: readonly ModeActivation[];
    /** Another limit for the row of damaged manholes, in working hours. */
    readonly hours?: number;
  } = {},
): Policy {
  const pack: DistrictPack = {
    ...testPack,
    settings: { ...testPack.settings, ...changes.settings },
    approvals: changes.approvals ?? testPack.approvals,
    catalogue: changes.hours === undefined ? testPack.catalogue : withHours(changes.hours),
  };
  const revision = changes.revision ?? 1;
  return compilePolicy(pack, revision, revision, changes.activations);
}

function withHours(amount: number): DistrictPack['catalogue'] {
  const limit = { text: `${amount}工作时`, limit: { amount, unit: 'work-hour' as const } };
  return testPack.catalogue.map((category) => ({
    ...category,
    standards: category.standards.map((row) => (row.id === 'C01-02.1' ? { ...row, limit } : row)),
  }));
}
