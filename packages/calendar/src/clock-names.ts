import { ClockKind, type ClockName, type PauseKind } from './clock.ts';

/** What the clocks are called. */
export const clockNames: Readonly<Record<ClockKind, string>> = {
  'end-to-end': '全程',
  accept: '受理、补立案',
  dispatch: '派遣',
  receive: '签收',
  'first-contact': '先行联系',
  handle: '处置',
  verify: '核实、核查',
  'call-back': '回访、结案',
  rework: '返工',
  ruling: '退单裁决',
};

export const pauseNames: Readonly<Record<PauseKind, string>> = {
  'fact-check': '核实中',
  verify: '核查中',
  'return-ruling': '退单裁决',
  suspension: '挂账',
  'third-party': '等第三方',
  weather: '恶劣天气',
};

/** Clocks that time one of two things, and what each is called by the limit it runs under. */
const namesByBasis: Readonly<Record<string, string>> = {
  'default:accept': '受理',
  'default:complete-filing': '补立案',
  'default:fact-check': '核实',
  'default:verify': '核查',
  'default:call-back': '回访',
  'default:close': '结案',
};

/**
 * A clock by its name in the book and, where it is known, what its limit comes from; an assisting unit's is
 * called by the unit, as `unitName` knows it.
 */
export function nameOfClock(
  name: ClockName,
  unitName: (id: string) => string,
  basis?: string,
): string {
  const kind = ClockKind.safeParse(name);
  if (!kind.success) return `协办（${unitName(name.slice('assist:'.length))}）`;
  return namesByBasis[basis ?? ''] ?? clockNames[kind.data];
}
