import type { Answer } from './work.ts';

/** An answer as it was kept under its key; written by `commit` only. */
export function readAnswer(text: string): Answer {
  // Our own JSON from our own table; its shape is the type's.
  return JSON.parse(text) as Answer;
}
