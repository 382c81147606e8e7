import {
  type ClockExplanation,
  type CountedPeriod,
  type DayRun,
  isUrgent,
  nameOfClock,
  type Pause,
  pauseNames,
} from '@cityloop/calendar';
import { fromIso } from '@cityloop/kernel';
import type { Policy } from './policy.ts';

type Named = Pick<Policy, 'unit' | 'standard' | 'reason' | 'modes' | 'endToEndName'>;

/** Where a limit comes from, as a clerk says it. */
export function basisWords(basis: string, policy: Named): string {
  const [source, id] = split(basis);
  switch (source) {
    case 'standard': {
      const category = policy.standard(id)?.category.name;
      return `立案标准${id}${category === undefined ? '' : `（${category}）`}`;
    }
    case 'default':
      return '本区默认时限';
    case 'category':
      return `类别${id}的时限`;
    case 'unit':
      return unitWords(id, policy);
    case 'end-to-end':
      return `本区全程时限（${policy.endToEndName(id) ?? id}）`;
    case 'upstream':
      return '上级（转办单位）要求的时限';
    case 'reserve':
      return '上级时限减去本中心预留的核查答复时间';
    default:
      return basis;
  }
}

/** `<unit>:standard:<row>`: a unit's own limit of a row. */
function unitWords(id: string, policy: Named): string {
  const [unitId, row] = split(id);
  const name = policy.unit(unitId)?.name ?? unitId;
  return row === '' ? `“${name}”自身的时限` : `“${name}”自身对${basisWords(row, policy)}的时限`;
}

function split(basis: string): [string, string] {
  const colon = basis.indexOf(':');
  return colon < 0 ? [basis, ''] : [basis.slice(0, colon), basis.slice(colon + 1)];
}

/** The explanation of one clock as sentences, in the order of the arithmetic. Times are Shanghai's. */
export function clockSentences(told: ClockExplanation, policy: Named): string[] {
  const name = nameOfClock(told.clock, (id) => policy.unit(id)?.name ?? id, told.basis);
  return [
    opening(name, told, policy),
    ...countedSentences(told, policy),
    ...told.extensions.map(
      ({ from, to, ms, mode }) =>
        `${mode === true ? '平战模式切换' : '延期'}：由${when(from)}延至${when(to)}，增计${span(ms)}。`,
    ),
    summing(told),
    ...boundSentence(told, policy),
    ...(told.provisional === true
      ? ['所涉年份的节假日安排尚未公布，本时限为暂定，公布后自动重算。']
      : []),
    standing(told),
  ];
}

function opening(name: string, told: ClockExplanation, policy: Named): string {
  const { limit, calendar, startedAt, basis, revision } = told;
  const by = isUrgent(limit.unit)
    ? '按自然时间连续计算'
    : `按“${calendar.name}”日历计（1工作日＝${span(calendar.workDayMs)}）`;
  const limited = `${name}时限${limit.text}${modeWords(told, policy)}，依据${basisWords(basis, policy)}（政策第${revision}版）`;
  return `${limited}；${by}；${when(startedAt)}起算。`;
}

/** Which mode (平战) sets the limit; the policy of long after no longer knows its name. */
function modeWords({ mode }: ClockExplanation, { modes }: Named): string {
  if (mode === undefined) return '';
  const name = modes.find(({ id }) => id === mode)?.mode.name;
  return `（按“${name ?? mode}”模式）`;
}

/** What counted and what did not, in the order of time. */
function countedSentences(
  { counted, stood, pauses, limit }: ClockExplanation,
  policy: Named,
): string[] {
  const told = [
    ...counted.map((period) => ({ from: period.from, lines: periodLines(period) })),
    ...stood.map(({ from, to, ms }) => {
      const until = to === undefined ? '起至今' : `至${when(to)}`;
      const amount = isUrgent(limit.unit) ? span(ms) : `其间工作时间${span(ms)}`;
      const why = reasonsOf({ from, to }, pauses, policy);
      return {
        from,
        lines: [`${when(from)}${until}${why}，${amount}不计。`],
      };
    }),
  ];
  return told.toSorted((a, b) => (a.from < b.from ? -1 : 1)).flatMap(({ lines }) => lines);
}

function periodLines({ from, to, ms, days }: CountedPeriod): string[] {
  if (days.length > 0) return days.map(dayLine);
  return [`${when(from)}至${when(to)}，计${span(ms)}。`];
}

function dayLine(run: DayRun): string {
  const { from, to, days, hours, ms, note } = run;
  const date =
    days === 1 ? `${day(from)}（周${weekday(from)}）` : `${day(from)}至${day(to)}（${days}天）`;
  const why = note === undefined ? '' : note;
  if (hours.length === 0) {
    if (ms > 0) return `${date}${why}，计${span(ms)}。`;
    return why === '' ? `${date}无工作时间可计。` : `${date}${why}，不计。`;
  }
  const open = hours.map((h) => `${h.from}–${h.to}`).join('、');
  return `${date}${why}${open}，${days === 1 ? '' : '共'}计${span(ms)}。`;
}

/** Which lines of the ledger a standing comes from; a finished work that waits for its check has none. */
function reasonsOf(
  { from, to }: { readonly from: string; readonly to: string | undefined },
  pauses: readonly Pause[],
  policy: Named,
): string {
  const fits = pauses.filter((pause) => {
    const end = pause.endedAt ?? pause.until;
    const begun = to === undefined || pause.from < to;
    return begun && (end === undefined || end > from);
  });
  if (fits.length === 0) return '已办结待核查';
  return fits
    .map(({ kind, reason = '' }) => {
      const words = policy.reason('suspension', reason)?.text ?? reason;
      return `${pauseNames[kind]}${words === '' ? '' : `（${words}）`}`;
    })
    .join('、');
}

function summing({ sum, ownDueAt, limit }: ClockExplanation): string {
  const extended = sum.extensionMs > 0 ? `，延期${span(sum.extensionMs)}` : '';
  const whole = span(sum.limitMs + sum.extensionMs);
  const counted = `时限${limit.text}即${span(sum.limitMs)}${extended}，合计${whole}`;
  if (sum.adds)
    return `${counted}；以上逐段相加正好${span(sum.countedMs)}，应于${when(ownDueAt)}前完成。`;
  return `${counted}；应于${when(ownDueAt)}前完成（按本版日历逐段相加为${span(sum.countedMs)}，期限系按另一版日历算得）。`;
}

function boundSentence({ bound, dueAt, ownDueAt }: ClockExplanation, policy: Named): string[] {
  if (bound === undefined) return [];
  const words = `${basisWords(bound.basis, policy)}为${when(bound.at)}`;
  if (!bound.binds) return [`${words}，晚于自身时限，以自身时限为准。`];
  // It stands still: its own time does not run, and what binds it does.
  const stands = bound.at > ownDueAt;
  const why = stands ? '自身时限暂停期间不计，该时限不因暂停顺延' : '早于自身时限';
  return [`${words}，${why}，以${when(dueAt)}为准。`];
}

function standing(told: ClockExplanation): string {
  const { state, at, stoppedAt, verdict, remainingMs, overdueMs, lamp } = told;
  if (state === 'stopped' && stoppedAt !== undefined) {
    const late = verdict === 'late' ? `超时${span(overdueMs)}` : '按期';
    return `已于${when(stoppedAt)}结束，${late}。`;
  }
  const left = overdueMs > 0 ? `已超时${span(overdueMs)}` : `剩余${span(remainingMs)}`;
  const seen = `截至${when(at)}，${state === 'paused' ? '暂停计时，' : ''}${left}`;
  return `${seen}（${lamps[lamp]}）。`;
}

const lamps = { green: '绿灯', amber: '黄灯', red: '红灯' } as const;

const OFFSET_MS = 8 * 3_600_000;

function shanghai(instant: string): string {
  return new Date(fromIso(instant) + OFFSET_MS).toISOString();
}

/** `2026年2月25日15:30`; seconds and less only where there are any. */
function when(instant: string): string {
  const text = shanghai(instant);
  const time = text.slice(11, 23);
  const short = time.endsWith(':00.000') ? time.slice(0, 5) : time.replace(/\.000$/, '');
  return `${text.slice(0, 4)}年${day(text.slice(0, 10))}${short}`;
}

function day(date: string): string {
  return `${Number(date.slice(5, 7))}月${Number(date.slice(8, 10))}日`;
}

function weekday(date: string): string {
  return '日一二三四五六'.charAt(new Date(`${date}T00:00:00Z`).getUTCDay());
}

/** `2小时30分`, `3天4小时`; seconds and ms only where there are any. */
function span(ms: number): string {
  if (ms < 60_000) return ms % 1_000 === 0 ? `${ms / 1_000}秒` : `${(ms / 1_000).toFixed(3)}秒`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1_000;
  const rest = Number.isInteger(seconds) ? `${seconds}` : seconds.toFixed(3);
  return `${hours > 0 ? `${hours}小时` : ''}${minutes > 0 ? `${minutes}分` : ''}${seconds > 0 ? `${rest}秒` : ''}`;
}
