import type { Random } from '@cityloop/testing/random';
import type { Case } from './case.ts';

/* What the ways of an incident have in common, by people of the demo subdistrict 五角场. */

/** From the report into the archive. */
export type Way = (c: Case, random: Random) => Promise<void>;
/** By name; what weighs more is drawn more often. */
export type Ways = Readonly<Record<string, { readonly way: Way; readonly weight: number }>>;

export const STANDARD = { categoryCode: 'E01-28', standardId: 'E01-28.1' };
export const UNIT = 'wujiaochang-enforcement';
export const OTHER_UNIT = 'wujiaochang-cleaning';
export const DAY_MS = 86_400_000;

export const ahead = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** Near 五角场, never twice at the same spot. */
export const place = (random: Random) => ({
  lon: 121.5 + random.next() * 0.02,
  lat: 31.295 + random.next() * 0.01,
  crs: 'WGS84',
});

export const noise = (random: Random) => ({
  channel: 'grid-worker',
  description: `路口有高音喇叭揽客 ${random.int(1_000_000)}`,
  location: { lon: 121.5135, lat: 31.3013, crs: 'WGS84' },
  categoryCode: 'E01-28',
});

export async function reported(c: Case, random: Random, more: object = {}): Promise<void> {
  await c.report('tao-grid', { ...noise(random), ...more });
}

export const byCaller = (random: Random) => ({
  channel: 'hotline-12345',
  reporter: {
    name: '示例来电人',
    phone: `139${String(random.int(100_000_000)).padStart(8, '0')}`,
    wantsReply: true,
  },
});

export async function filed(c: Case, random: Random, more: object = {}): Promise<void> {
  await reported(c, random, more);
  await c.give('he-clerk', 'file', STANDARD);
}

export async function received(c: Case, random: Random, more: object = {}): Promise<void> {
  await filed(c, random, more);
  await assign(c);
}

export async function assign(c: Case): Promise<void> {
  await c.give('lv-dispatcher', 'assign', { unitId: UNIT });
  await c.give('hua-enforcement-member', 'receive');
}

export async function finish(c: Case, more: object = {}): Promise<void> {
  await c.give('hua-enforcement-member', 'finish', { result: 'resolved', ...more });
  await c.give('yan-enforcement-leader', 'confirm');
}

export async function passed(c: Case): Promise<void> {
  await c.give('zhang-verifier', 'check', { outcome: 'pass' });
}

export async function toArchive(c: Case): Promise<void> {
  await passed(c);
  await archived(c);
}

export async function archived(c: Case): Promise<void> {
  await c.give('kong-evaluator', 'archive');
}
