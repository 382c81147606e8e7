import type { Start } from '../event-log.ts';
import type { Range } from './watermarks.ts';

/** Where reading a partition begins: at a position, or behind a record if it holds that event. */
export type Begin =
  | { readonly kind: 'at'; readonly position: number }
  | { readonly kind: 'behind'; readonly position: number; readonly eventId: string };

/** `lost`: the log has nothing where the reader says a record was. */
export type Beginning = Begin | { readonly kind: 'lost' };

const at = (position: number): Begin => ({ kind: 'at', position });

/**
 * Where to begin in a partition that holds `range`. A reader that begins at the end is given, when it
 * comes back to the partition, what was published since it `left` it.
 */
export function whereToBegin(
  start: Start,
  partition: number,
  range: Range,
  left: number | undefined,
): Beginning {
  const holds = (position: number) => position >= range.low && position <= range.high;
  if (start === 'end') return at(left !== undefined && holds(left) ? left : range.high);
  const stored = start.find((each) => each.partition === partition);
  if (stored === undefined) return at(range.low);
  const { position, eventId } = stored;
  const isThere = position >= range.low && position < range.high;
  if (isThere && eventId !== undefined) return { kind: 'behind', position, eventId };
  // The record itself may have expired, as long as nothing behind it has.
  return holds(position + 1) ? at(position + 1) : { kind: 'lost' };
}
