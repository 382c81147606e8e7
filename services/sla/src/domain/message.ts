import type { DueRung } from './ladder.ts';
import { clockWord, rungWord, spanWord, timeWord } from './words.ts';

/** What a message is about, as far as it may be said outside the application. */
export type About = {
  readonly number: string;
  /** Of the category; what a caller wrote is never told. */
  readonly matter: string;
  /** The grid, committee or subdistrict: no address. */
  readonly place: string;
  readonly clock: string;
  readonly dueMs: number;
};

/** A message of the ladder; the same for everybody it goes to. */
export type Message = {
  readonly title: string;
  readonly text: string;
};

/**
 * What is said of rungs that are told of together, in due order, the last being the highest. `late`: they are
 * told of later than they should have been (补报), all in one message. Holds nothing personal.
 */
export function messageOf(
  reached: readonly DueRung[],
  about: About,
  nowMs: number,
  late: boolean,
): Message {
  const top = reached.at(-1);
  const supervised = reached.findLast(({ rung }) => rung.supervise !== undefined);
  const overMs = nowMs - about.dueMs;
  const isLate = overMs >= 0;
  const title = titleOf(isLate, supervised !== undefined, late);
  const clock = `${clockWord(about.clock)} ${timeWord(about.dueMs)}`;
  const state = isLate ? `已超 ${spanWord(overMs)}` : `还有 ${spanWord(-overMs)}`;
  const step = top === undefined ? '' : `（${rungWord(top)}）`;
  const demand = supervised?.rung.supervise?.requirement;
  return {
    title,
    text: [
      `【${title}】${about.number} ${about.matter} · ${about.place} · ${clock}，${state}${step}。`,
      ...(demand === undefined ? [] : [`督办要求：${demand}。`]),
      ...(late && reached.length > 1 ? [missed(reached)] : []),
    ].join(''),
  };
}

/** How many of the messages in one entry are said in full. */
const SAID = 3;

/** What an entry says that several late messages were folded into: how many they are, and the first of them. */
export function foldedOf(messages: readonly Message[]): Message {
  const [first] = messages;
  if (first === undefined || messages.length === 1) return first ?? { title: '', text: '' };
  const rest = messages.length - SAID;
  const said = messages.slice(0, SAID).map(({ text }) => text);
  return {
    title: `${first.title} 等 ${messages.length} 条`,
    text: [...said, ...(rest > 0 ? [`另有 ${rest} 条。`] : [])].join('\n'),
  };
}

function titleOf(isLate: boolean, supervised: boolean, late: boolean): string {
  const lateness = isLate ? '已超时' : '即将超时';
  const what = supervised ? '超时督办' : lateness;
  return late ? `补报·${what}` : what;
}

/** What should have been told earlier, each with its time. */
function missed(reached: readonly DueRung[]): string {
  const told = reached.map((rung) => `${rungWord(rung)} ${timeWord(rung.dueMs)}`);
  return `此前未能通知：${told.join('，')}。`;
}
