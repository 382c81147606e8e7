const row = (id: string, limit: string, evidence: boolean, rest: object = {}) => ({
  id,
  condition: '符合立案条件',
  limit,
  closing: '恢复原状',
  evidence,
  ...rest,
});

/** One category for each way a case can go; the letter says the kind (部件, 事件, 热线事项). */
export const catalogue = [
  {
    code: 'C01-02',
    kind: 'component',
    majorName: '公用设施',
    name: '井盖',
    standards: [
      row('C01-02.1', '4工作时', true, { regulator: '区建管委', responsible: '权属单位' }),
      row('C01-02.2', '2工作日', false),
    ],
  },
  {
    code: 'E01-10',
    kind: 'event',
    majorName: '市容环境',
    name: '暴露垃圾',
    standards: [row('E01-10.1', '2工作时', true)],
  },
  {
    code: 'E04-93',
    kind: 'event',
    majorName: '街面秩序',
    name: '共享单车',
    extension: true,
    standards: [row('E04-93.1', '4工作时', false), row('E04-93.2', '1工作日', false)],
  },
  {
    code: 'E05-02',
    kind: 'event',
    majorName: '突发事件',
    name: '燃气泄漏',
    urgent: true,
    standards: [row('E05-02.1', '2紧急工作时', false)],
  },
  {
    code: 'H01-01',
    kind: 'hotline',
    majorName: '咨询',
    name: '政策咨询',
    standards: [row('H01-01.1', '1工作日', false)],
  },
];

/** Two rows that say `auto`, one for a subdistrict's duty; the hotline category has no row at all. */
export const routing = [
  {
    id: 'urgent-gas',
    when: { categories: ['E05-02'] },
    // biome-ignore lint/suspicious/noThenProperty: the word of the pack; never awaited
    then: { level: 'district', unitId: 'gas', assists: [{ unitId: 'roads', task: '现场围护' }] },
    auto: { file: true, assign: true, standardId: 'E05-02.1' },
    reason: '燃气泄漏由燃气企业抢险',
  },
  {
    id: 'bikes',
    when: { categories: ['E04-93'], channel: 'sensor' },
    // biome-ignore lint/suspicious/noThenProperty: the word of the pack; never awaited
    then: { level: 'district', unitId: 'roads' },
    auto: { file: true, assign: true, standardId: 'E04-93.2' },
    reason: '传感器报警，自动立案派遣',
  },
  {
    id: 'cleaning',
    when: { categories: ['E01-10'] },
    // biome-ignore lint/suspicious/noThenProperty: the word of the pack; never awaited
    then: { level: 'subdistrict', duty: 'cleaning' },
    reason: '环境卫生由街道环卫作业队处置',
  },
  {
    id: 'manholes',
    when: { categories: ['C01-02'], level: 'district' },
    // biome-ignore lint/suspicious/noThenProperty: the word of the pack; never awaited
    then: { level: 'district', unitId: 'roads' },
    reason: '井盖由道路养护队处置',
  },
];
