import { appendFile, mkdir, readdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@cityloop/runtime';
import type { Loop } from './loop.ts';

/** How long answers gather before they are written, ms. */
const GATHER_MS = 50;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** As long as the outboxes keep what is in the ledger. */
const KEPT_DAYS = 35;
const NAME = /^(\d{4}-\d{2}-\d{2})\..+\.ndjson$/;

/**
 * Receipts (回执): which version of which incident this gateway has answered for. They stand outside of the
 * services' databases, so that after one of them was lost it can be told which answers it took with it
 * (`npm run log -- missing`). Files by day, a line `[incident, version, ms]`.
 */
export type Receipts = AsyncDisposable & {
  /** Notes an answer down, within 50 ms; what is noted while the disk refuses is logged and forgotten. */
  note(incidentId: string, version: number): void;
};

/** Keeps receipts in a folder; files older than 35 days are deleted. */
export async function keepReceipts(
  folder: string,
  { logger, now = Date.now }: { readonly logger: Logger; readonly now?: () => number },
): Promise<Receipts> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Gateways share the folder: a file each, in containers too.
  const writer = `${hostname().replaceAll(/[^\w-]/gu, '_')}-${process.pid}`;
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let failing = false;

  function write(): Promise<void> {
    timer = undefined;
    const text = lines;
    lines = '';
    if (text === '') return writing;
    const day = new Date(now()).toISOString().slice(0, 10);
    const file = join(folder, `${day}.${writer}.ndjson`);
    writing = writing
      .then(() => appendFile(file, text, { mode: 0o600 }))
      .then(() => {
        failing = false;
      })
      .catch((error: unknown) => {
        // Once a trouble, not once a write: answers go on without receipts.
        if (!failing) logger.error({ err: error, folder }, 'receipts cannot be written');
        failing = true;
      });
    return writing;
  }

  async function tidy(): Promise<void> {
    const before = new Date(now() - KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);
    for (const name of await readdir(folder)) {
      const day = NAME.exec(name)?.[1];
      if (day !== undefined && day < before) await unlink(join(folder, name));
    }
  }
  const tidied = (): void =>
    void tidy().catch((error: unknown) =>
      logger.warn({ err: error, folder }, 'old receipts cannot be deleted'),
    );
  tidied();
  const hourly = setInterval(tidied, HOUR_MS).unref();

  return {
    note(incidentId, version) {
      lines += `${JSON.stringify([incidentId, version, now()])}\n`;
      timer ??= setTimeout(() => void write(), GATHER_MS);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(hourly);
      clearTimeout(timer);
      await write();
    },
  };
}

/** The loop, with a receipt for every report and command that was answered. */
export function withReceipts(loop: Loop, receipts: Receipts): Loop {
  const stages = Object.entries(loop.stages).map(([name, stage]) => [
    name,
    {
      ...stage,
      async command(...given: Parameters<typeof stage.command>) {
        const answer = await stage.command(...given);
        receipts.note(answer.id, answer.version);
        return answer;
      },
    },
  ]);
  return {
    ...loop,
    stages: Object.fromEntries(stages) as Loop['stages'], // one for each name
    async report(report) {
      const taken = await loop.report(report);
      receipts.note(taken.id, taken.version);
      return taken;
    },
  };
}
