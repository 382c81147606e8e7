import { setTimeout as after } from 'node:timers/promises';
import type { Loop } from '@cityloop/console';
import type { EventLog } from '@cityloop/event-log';
import { CityLoopError } from '@cityloop/kernel';
import { createPool } from '@cityloop/postgres';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { startLoop } from '../src/loop.ts';
import { atRest } from './at-rest.ts';
import { hastyPack } from './hasty-pack.ts';
import { Case } from './small-run-case.ts';

const DAY_MS = 86_400_000;
const CATEGORY = { categoryCode: 'E01-28', standardId: 'E01-28.1' };
const UNIT = 'wujiaochang-enforcement';
const OTHER_UNIT = 'wujiaochang-cleaning';

type Extra = { readonly occurredAt?: string };

type Path = (c: Case, n: number) => Promise<void>;

const filed = async (c: Case, more: object = {}, at: Extra = {}): Promise<void> => {
  await c.report('tao-grid', more);
  await c.give('he-clerk', 'file', { ...CATEGORY, ...at });
};
const assigned = async (c: Case, more: object = {}): Promise<void> => {
  await filed(c, more);
  await c.give('lv-dispatcher', 'assign', { unitId: UNIT });
};
const received = async (c: Case, more: object = {}): Promise<void> => {
  await assigned(c, more);
  await c.give('hua-enforcement-member', 'receive');
};
const confirmed = async (c: Case, more: object = {}, finish: object = {}): Promise<void> => {
  await received(c, more);
  await c.give('hua-enforcement-member', 'finish', { result: 'resolved', ...finish });
  await c.give('yan-enforcement-leader', 'confirm');
};
const closed = async (c: Case): Promise<void> => {
  await confirmed(c);
  await c.give('zhang-verifier', 'check', { outcome: 'pass' });
};

const merged = async (c: Case, target: string): Promise<void> => {
  const into = new Case(loopOf(c), target);
  await into.report('tao-grid');
  await c.report('tao-grid');
  await c.give('he-clerk', 'merge', { into: into.id });
};
const codeOf = (given: Promise<unknown>): Promise<string | undefined> =>
  given.then(
    () => undefined,
    (error: unknown) => (error instanceof CityLoopError ? error.code : String(error)),
  );

/** Born and driven by an import, on times long past: what it was late for is marked as of then. */
const imported: Path = async (c, n) => {
  const startMs = Date.parse('2025-03-03T01:00:00.000Z') + n * DAY_MS;
  const at = (hours: number): Extra => ({
    occurredAt: new Date(startMs + hours * 3_600_000).toISOString(),
  });
  await c.report('jiang-admin', at(0));
  await c.give('li-clerk', 'file', { ...CATEGORY, ...at(1) });
  await c.give('wang-dispatcher', 'pass-down', { centreId: '310110019', ...at(2) });
  await c.give('lv-dispatcher', 'assign', { unitId: UNIT, ...at(3) });
  if (n % 3 === 0) return;
  await c.give('hua-enforcement-member', 'receive', at(4));
  await c.give('hua-enforcement-member', 'finish', { result: 'resolved', ...at(50) });
  await c.give('yan-enforcement-leader', 'confirm', at(51));
  await c.give('zhang-verifier', 'check', { outcome: 'pass', ...at(80) });
};

/** Filed days later under a category whose deadline had passed by then: nobody may act before that day. */
const importedLate: Path = async (c, n) => {
  const at = (days: number): Extra => ({
    occurredAt: new Date(
      Date.parse('2025-06-02T01:00:00.000Z') + (n + days) * DAY_MS,
    ).toISOString(),
  });
  await c.report('jiang-admin', { ...at(0), channel: 'hotline-12345', categoryCode: undefined });
  await c.give('li-clerk', 'file', { categoryCode: 'H01-01', standardId: 'H01-01.1', ...at(10) });
  const unit = { unitId: 'yp-duty' };
  const tooEarly = await codeOf(c.give('wang-dispatcher', 'assign', { ...unit, ...at(8) }));
  if (tooEarly !== 'TIME_BACKWARDS')
    throw new Error(`an assignment before its filing: ${tooEarly}`);
  await c.give('wang-dispatcher', 'assign', { ...unit, ...at(11) });
};

/** Left open by its import and taken over by people of today, who are late with it at once. */
const importedLive: Path = async (c, n) => {
  const yesterday = { occurredAt: new Date(Date.now() - DAY_MS).toISOString() };
  await c.report('jiang-admin', yesterday);
  await c.give('li-clerk', 'file', { ...CATEGORY, ...yesterday });
  if (n % 2 === 0) await c.give('jiang-admin', 'go-live');
  else await c.now('wang-dispatcher', 'assign', { unitId: 'yp-duty' });
};

/** Promised upstream by the very next second, and called about again. */
const promised: Path = async (c) => {
  const hotline = { channel: 'hotline-12345', reporter: { phone: '13800001234' } };
  const ahead = (ms: number) => new Date(Date.now() + ms).toISOString();
  await received(c, { ...hotline, upstreamDueAt: ahead(60_000) });
  await c.now('chen-seat', 'supplement', { channel: 'hotline-12345', upstreamDueAt: ahead(700) });
  await c.give('yan-enforcement-leader', 'request-suspension', {
    kind: 'funds',
    until: ahead(DAY_MS),
  });
  await c.give('shi-supervisor', 'decide-suspension', { decision: 'grant' });
};

/** The ways an incident goes; `n` tells the cases of one way apart. */
const paths: Readonly<Record<string, Path>> = {
  closed,
  archived: async (c) => {
    await closed(c);
    await c.give('kong-evaluator', 'archive');
  },
  reported: async (c, n) => {
    await c.report('tao-grid', { externalNumber: `source-${c.key}` });
    if (n % 2 === 0) await c.give('he-clerk', 'note', { text: '待核实' });
  },
  filed: (c) => filed(c),
  confirmed: (c) => confirmed(c),
  handled: async (c) => {
    await received(c);
    await c.give('hua-enforcement-member', 'note', { text: '已到现场' });
    await c.give('hua-enforcement-member', 'contact', { result: 'reached' });
  },
  assisted: async (c, n) => {
    await filed(c);
    const assists = [{ unitId: OTHER_UNIT, task: '清运' }];
    await c.give('lv-dispatcher', 'assign', { unitId: UNIT, assists });
    await c.give('wei-cleaning-member', 'receive');
    if (n % 2 === 0) await c.give('wei-cleaning-member', 'finish', { result: 'resolved' });
    if (n % 3 === 0) await c.give('shi-supervisor', 'recall', { reasonCode: 'wrong-unit' });
  },
  returned: async (c) => {
    await received(c);
    await c.give('yan-enforcement-leader', 'return', { reasonCode: 'not-our-duty' });
    await c.give('lv-dispatcher', 'rule-return', {
      ruling: 'reassign',
      fault: 'misdispatch',
      unitId: OTHER_UNIT,
    });
    await c.give('wei-cleaning-member', 'receive');
  },
  toRule: async (c) => {
    await received(c);
    await c.give('yan-enforcement-leader', 'return', { reasonCode: 'not-our-duty' });
  },
  recalled: async (c) => {
    await assigned(c);
    await c.give('lv-dispatcher', 'recall', { reasonCode: 'wrong-unit' });
  },
  reworked: async (c) => {
    await confirmed(c);
    const failed = { outcome: 'fail', cause: 'not-enough', text: '噪声仍在' };
    await c.give('zhang-verifier', 'check', failed);
    await c.give('hua-enforcement-member', 'finish', { result: 'resolved' });
    await c.give('yan-enforcement-leader', 'confirm');
    await c.give('zhang-verifier', 'check', { outcome: 'pass' });
  },
  suspended: async (c, n) => {
    await received(c);
    // Where the machine is so busy that the moment has passed: a later one.
    for (let forMs = n % 2 === 0 ? DAY_MS : 700; ; forMs *= 4) {
      const until = new Date(Date.now() + forMs).toISOString();
      await c.give('yan-enforcement-leader', 'request-suspension', { kind: 'funds', until });
      const granted = c.give('shi-supervisor', 'decide-suspension', { decision: 'grant' });
      const code = await codeOf(granted);
      if (code === undefined) return;
      if (code !== 'UNTIL_OUT_OF_RANGE') throw new Error(`a suspension: ${code}`);
      await c.give('shi-supervisor', 'decide-suspension', { decision: 'refuse', text: '已过期' });
    }
  },
  calledBack: async (c) => {
    await confirmed(
      c,
      { reporter: { name: '示例来电人', phone: '13800001234', wantsReply: true } },
      { answer: '已制止噪声' },
    );
    await c.give('zhang-verifier', 'check', { outcome: 'pass' });
    await c.give('zhang-verifier', 'call-back', { reached: true, satisfaction: 'satisfied' });
  },
  declined: async (c) => {
    await c.report('tao-grid');
    await c.give('he-clerk', 'decline', { reasonCode: 'condition-not-met' });
  },
  withdrawnFromAll: async (c) => {
    await filed(c);
    const assists = [{ unitId: OTHER_UNIT, task: '清运' }];
    await c.give('lv-dispatcher', 'assign', { unitId: UNIT, assists });
    await c.give('he-clerk', 'withdraw');
  },
  withdrawn: async (c) => {
    await assigned(c);
    await c.give('he-clerk', 'withdraw');
  },
  reopened: async (c) => {
    await closed(c);
    await c.give('kong-evaluator', 'reopen', { reasonCode: 'recurred' });
    await c.give('lv-dispatcher', 'assign', { unitId: UNIT });
  },
  reportedAgain: async (c) => {
    const source = { externalNumber: `again-${c.key}` };
    await confirmed(c, source);
    await c.give('zhang-verifier', 'check', { outcome: 'pass' });
    const { id } = c;
    await c.report('tao-grid', source, 'again');
    if (c.id !== id) throw new Error('a closed incident reported again became another one');
  },
  merged: (c) => merged(c, `${c.key}/into`),
  unmerged: async (c) => {
    await merged(c, `${c.key}/into`);
    while ((await codeOf(c.give('he-clerk', 'unmerge', { text: '并非同一问题' }))) !== undefined) {
      await after(50);
    }
  },
  cancelled: async (c, n) => {
    await filed(c);
    await c.give('lv-dispatcher', 'cancel', { reasonCode: 'misreport' });
    const decision = n % 2 === 0 ? 'grant' : 'refuse';
    await c.give('zhao-supervisor', 'decide-cancel', { decision });
  },
  masked: async (c) => {
    await c.report('tao-grid', { description: '请联系 13912345678，门前有噪声' });
  },
  imported,
  importedLate,
  importedLive,
  promised,
};

const loops = new WeakMap<Case, Loop>();
const loopOf = (c: Case): Loop => {
  const loop = loops.get(c);
  if (loop === undefined) throw new Error('a case without its loop');
  return loop;
};

/** The id of the first case of each way. */
export type Ids = Readonly<Record<string, string>>;

const EACH = 12;

export type SmallRun = {
  /** Where the log stands, if not in the database. */
  readonly log?: EventLog;
  /** Tells the cases of this run from those of another one. */
  readonly round?: string;
  /** How many cases go each way. */
  readonly each?: number;
  /** What is done beside, on the same services. */
  also?(loop: Loop): Promise<unknown>;
};

/** Takes some two hundred incidents through the loop on this database, all ways at once, and stops it. */
export async function smallRun(url: string, options: SmallRun = {}): Promise<Ids> {
  const { log, round = '', each = EACH } = options;
  await using pack = await hastyPack();
  await using db = createPool(url, { max: 12 });
  await using running = await startLoop({
    db,
    packDir: pack.path,
    logger: createLogger({ name: 'test', level: 'silent' }),
    metrics: createMetrics({ processMetrics: false }),
    log,
  });
  const ids: Record<string, string> = {};
  const cases = Object.entries(paths).flatMap(([name, path]) =>
    Array.from({ length: each }, async (_, n) => {
      const c = new Case(running.loop, `${round}${name}/${n}`);
      loops.set(c, running.loop);
      await path(c, n);
      if (n === 1) ids[name] = c.id;
    }),
  );
  await Promise.all([...cases, options.also?.(running.loop)]);
  await atRest(db, running);
  return ids;
}
