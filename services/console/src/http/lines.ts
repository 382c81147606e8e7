const LINE_BREAK = 10;

/**
 * The lines of a body, without their line breaks. A line of more than `most` bytes comes as undefined:
 * its bytes are dropped as they arrive, so that no body makes the process hold more than one line.
 */
export async function* linesOf(
  body: AsyncIterable<Buffer | string>,
  most: number,
): AsyncGenerator<string | undefined, undefined> {
  let parts: Buffer[] = [];
  let size = 0;

  function keep(part: Buffer): void {
    size += part.length;
    if (size > most) parts = [];
    else if (part.length > 0) parts.push(part);
  }
  function finished(): string | undefined {
    const line = size > most ? undefined : Buffer.concat(parts).toString();
    parts = [];
    size = 0;
    return line;
  }

  for await (const given of body) {
    const chunk = typeof given === 'string' ? Buffer.from(given) : given;
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_BREAK, from);
      if (end < 0) break;
      keep(chunk.subarray(from, end));
      yield finished();
      from = end + 1;
    }
    keep(chunk.subarray(from));
  }
  if (size > 0) yield finished();
}

type Answer = { text?: string; readonly done: Promise<void> };

/**
 * Answers lines in their order, `window` of them under way at once at most: each answer goes out as
 * soon as those before it have, also while the next line is still to come. `run` must not reject.
 */
export async function* answersInOrder(
  lines: AsyncGenerator<string | undefined, undefined>,
  run: (line: string | undefined) => Promise<string>,
  window: number,
): AsyncGenerator<string, undefined> {
  const pending: Answer[] = [];
  const begin = (line: string | undefined): void => {
    if (line?.trim() !== '') pending.push(underWay(run(line)));
  };
  let ended = false;
  let coming: Promise<IteratorResult<string | undefined, undefined>> | undefined;
  try {
    for (;;) {
      if (!ended && pending.length < window) coming ??= lines.next();
      const oldest = pending[0];
      if (coming === undefined && oldest === undefined) return;
      const came = await Promise.race([coming, oldest?.done].filter((wait) => wait !== undefined));
      if (came !== undefined) {
        coming = undefined;
        ended = came.done === true;
        if (came.done !== true) begin(came.value);
      }
      const ready = takeReady(pending);
      if (ready !== '') yield ready;
    }
  } finally {
    coming?.catch(() => undefined); // nobody is left to hear of it
    lines.return(undefined).catch(() => undefined);
  }
}

function underWay(running: Promise<string>): Answer {
  const answer: Answer = {
    done: running.then((text) => {
      answer.text = text;
    }),
  };
  return answer;
}

/** Takes the answers that nothing before them holds back. */
function takeReady(pending: Answer[]): string {
  let ready = '';
  for (const { text } of pending) {
    if (text === undefined) break;
    ready += `${text}\n`;
  }
  const rest = pending.findIndex(({ text }) => text === undefined);
  pending.splice(0, rest < 0 ? pending.length : rest);
  return ready;
}
