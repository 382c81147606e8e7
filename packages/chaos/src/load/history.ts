import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** One request of a client's, whatever becomes of it. */
export type Op = {
  /** From 1 on. */
  readonly n: number;
  readonly who: string;
  /** `report`, or the verb of a command. */
  readonly verb: string;
  /** Below `/api/v1/`. */
  readonly path: string;
  readonly body: object;
  readonly key: string;
};

/** What a request came to for the client. */
export type Outcome =
  | {
      readonly kind: 'ok';
      readonly incident: string;
      readonly version: number;
      readonly status: string;
    }
  /** For good: asking again would not help. */
  | { readonly kind: 'refused'; readonly http: number; readonly code: string }
  /** Given up: it may have happened or not. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What clients asked and were told, as the checker needs it; written to a file line by line. */
export type History = AsyncDisposable & {
  invoke(op: Omit<Op, 'n'>): Op;
  conclude(op: Op, outcome: Outcome, tries: number): void;
  /** All of them with their last outcome. */
  entries(): readonly (readonly [Op, Outcome | undefined])[];
  /** Passing refusals that were tried again, by what was answered. */
  readonly passing: ReadonlyMap<string, number>;
  passed(what: string): void;
  /** How many were given up at least once. */
  unknown(): number;
};

/** Begins a history in a new file of JSON lines: `invoke`, then `ok`, `refused` or `unknown`. */
export function openHistory(path: string): History {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const startMs = performance.now();
  const outcomes = new Map<Op, Outcome | undefined>();
  const passing = new Map<string, number>();
  const givenUp = new Set<Op>();
  const write = (line: object): void => {
    file.write(`${JSON.stringify({ ms: Math.round(performance.now() - startMs), ...line })}\n`);
  };
  return {
    passing,
    invoke(given) {
      const op = { n: outcomes.size + 1, ...given };
      outcomes.set(op, undefined);
      write({ type: 'invoke', ...op });
      return op;
    },
    conclude(op, { kind, ...rest }, tries) {
      outcomes.set(op, { kind, ...rest } as Outcome); // what was taken apart above
      if (kind === 'unknown') givenUp.add(op);
      write({ type: kind, n: op.n, key: op.key, ...rest, tries });
    },
    entries: () => [...outcomes],
    unknown: () => givenUp.size,
    passed(what) {
      passing.set(what, (passing.get(what) ?? 0) + 1);
    },
    async [Symbol.asyncDispose]() {
      file.end();
      await once(file, 'close');
    },
  };
}
