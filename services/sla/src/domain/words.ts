import { assertNever } from '@cityloop/kernel';
import type { DueRung } from './ladder.ts';

const clockWords: Readonly<Record<string, string>> = {
  'end-to-end': '全程时限',
  accept: '受理时限',
  dispatch: '派遣时限',
  receive: '签收时限',
  'first-contact': '先行联系时限',
  handle: '处置时限',
  verify: '核查时限',
  'call-back': '回访时限',
  rework: '返工时限',
  ruling: '退单裁决时限',
};

/** A clock as people of the district call it. */
export function clockWord(clock: string): string {
  return clock.startsWith('assist:') ? '协办时限' : (clockWords[clock] ?? clock);
}

/** A rung as a message names it: 预警, 超时, 120%, 超时满2紧急工作时. */
export function rungWord({ rung: { at }, id }: DueRung): string {
  if ('mark' in at) {
    switch (at.mark) {
      case 'amber':
        return '预警';
      case 'red':
        return '超时';
      default:
        return assertNever(at.mark);
    }
  }
  if ('percent' in at) return `${at.percent}%`;
  if ('after' in at) return `超时满${at.after.text}`;
  return `每${at.every.text}第${id.slice(id.lastIndexOf('#') + 1)}次`;
}

const SHANGHAI_MS = 28_800_000;

/** `11-21 17:00`, by the clock of the district. */
export function timeWord(ms: number): string {
  return new Date(ms + SHANGHAI_MS).toISOString().slice(5, 16).replace('T', ' ');
}

const MINUTE_MS = 60_000;

/** A span of wall time in whole minutes, the two largest units: `2天3小时`, `1小时5分`, `不到1分`. */
export function spanWord(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return '不到1分';
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(minutes / 1_440), '天'],
    [Math.floor(minutes / 60) % 24, '小时'],
    [minutes % 60, '分'],
  ];
  const from = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(from, from + 2)
    .flatMap(([amount, unit]) => (amount > 0 ? [`${amount}${unit}`] : []))
    .join('');
}
