/** Encoded bodies: each by itself, and all of them as lines, sharing the same memory. */
export type Lines = { readonly whole: Buffer; readonly each: readonly Buffer[] };

/** What no line may hold. */
export const LINE_BREAK = 10;
/** The most bytes a UTF-16 code unit becomes. */
const WIDEST = 3;

/**
 * Encodes texts without line breaks as lines of UTF-8, each once: whoever wants the bytes again (the
 * ledger hashes them) does not encode anew.
 */
export function encodeLines(texts: readonly string[]): Lines {
  const most = texts.reduce((sum, text) => sum + text.length * WIDEST + 1, 0);
  const room = Buffer.allocUnsafe(most);
  const each: Buffer[] = [];
  let at = 0;
  for (const text of texts) {
    if (at > 0) room[at++] = LINE_BREAK;
    const end = at + room.write(text, at, 'utf8');
    each.push(room.subarray(at, end));
    at = end;
  }
  return { whole: room.subarray(0, at), each };
}

/** The same of texts that are encoded already. */
export function joinLines(texts: readonly Uint8Array[]): Buffer {
  const room = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + text.length + 1, 0));
  let at = 0;
  for (const text of texts) {
    if (at > 0) room[at++] = LINE_BREAK;
    room.set(text, at);
    at += text.length;
  }
  return room.subarray(0, at);
}
