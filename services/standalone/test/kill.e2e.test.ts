import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileImport, importFile, type Outcome } from '@cityloop/importer';
import { describe, expect, it } from 'vitest';
import {
  expectedHistory,
  MAP,
  type SeenIncident,
  sourceNumber,
  startReading,
  startVictim,
  type Victim,
  writeRecords,
} from './kill-drill.ts';
import { eventually, tempFolder } from './product.ts';

const VERIFY = fileURLToPath(new URL('../src/verify-run.ts', import.meta.url));
const REAL = fileURLToPath(
  new URL('../../../../shared/realdata/us-311/la311-2018-10000.csv.gz', import.meta.url),
);
const KILLS = Number(process.env.KILL_DRILL_KILLS ?? 10);
const ROWS = Number(process.env.KILL_DRILL_ROWS ?? 400);
const SEED = Number(process.env.KILL_DRILL_SEED ?? Date.now() % 100_000);
const LINES_PER_ROW = 8;

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Drill = { readonly outcomes: readonly Outcome[]; readonly running: FileImport };

/** Imports a file while the product is killed after random numbers of answered lines. */
async function drill(
  victim: Victim,
  file: string,
  out: string,
  plan: { readonly rows: number; readonly kills: number; readonly seed: number },
): Promise<Drill> {
  const { rows, kills, seed } = plan;
  const draw = random(seed);
  const outcomes: Outcome[] = [];
  let answered = 0;
  let reached: (() => void) | undefined;
  let killAt = 0;
  const running = await importFile({
    file,
    map: MAP,
    url: victim.url,
    person: 'importer',
    drive: true,
    goLive: false,
    again: false,
    out,
    // Small requests and a small window: all stages are under load at once.
    batch: 60,
    connections: 4,
    window: 240,
    settled: (outcome) => outcomes.push(outcome),
    answered: (lines) => {
      answered += lines;
      if (answered >= killAt) reached?.();
    },
  });
  const share = (rows * LINES_PER_ROW * 0.9) / kills;
  for (let kill = 0; kill < kills; kill += 1) {
    killAt = Math.ceil(share * (kill + draw()));
    await new Promise<void>((resolve) => {
      reached = resolve;
      if (answered >= killAt) resolve();
    });
    await victim.killAndRestart(draw() < 0.5);
  }
  expect(await running.ended).toBe(true);
  return { outcomes, running };
}

/** What the product shows once every incident has been filed away by itself. */
async function settledPicture(url: string, rows: number): Promise<SeenIncident[]> {
  const reading = await startReading(url);
  return eventually(
    () => reading.incidents(),
    (seen) => seen.length >= rows && seen.every(({ status }) => status === 'archived'),
    30_000,
  );
}

async function verified(dir: string): Promise<void> {
  const env = { ...process.env, CITYLOOP_DATA: dir, CITYLOOP_PACK: 'la-311' };
  const child = spawn(process.execPath, [VERIFY], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  child.stderr.on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  expect(code, said).toBe(0);
}

describe('kill -9 under the load of an import', () => {
  it(`loses and doubles nothing through ${KILLS} kills (seed ${SEED})`, async () => {
    await using folder = await tempFolder();
    await using files = await tempFolder();
    await using victim = await startVictim(folder.dir);
    const file = join(files.dir, 'records.csv');
    await writeRecords(file, ROWS);
    const plan = { rows: ROWS, kills: KILLS, seed: SEED };
    const { outcomes } = await drill(victim, file, files.dir, plan);

    const refused = outcomes.filter((outcome) => outcome.rejection !== undefined);
    expect(refused.map(({ line, rejection }) => ({ line, ...rejection }))).toEqual([]);
    expect(outcomes).toHaveLength(ROWS);
    const seen = await settledPicture(victim.url, ROWS);
    const numbers = seen.map((incident) => incident.externalNumber).sort();
    expect(numbers).toEqual(Array.from({ length: ROWS }, (_, n) => sourceNumber(n)));

    const reading = await startReading(victim.url);
    for (const { id, externalNumber } of seen) {
      const { types, contiguous } = await reading.history(id);
      expect(contiguous, externalNumber).toBe(true);
      expect(types, externalNumber).toBe(expectedHistory(Number(externalNumber.slice(2))));
    }
    await victim.stop();
    await verified(folder.dir);
  }, 600_000);

  it('takes ten thousand real records through ten kills', async ({ skip }) => {
    skip(!existsSync(REAL), 'the real records are not beside the project');
    await using folder = await tempFolder();
    await using files = await tempFolder();
    await using victim = await startVictim(folder.dir);
    const plan = { rows: 10_000, kills: 10, seed: SEED };
    const { running } = await drill(victim, REAL, files.dir, plan);
    expect(running.tally).toMatchObject({ taken: 10_000, rejected: 0, failed: 0 });
    const seen = await settledPicture(victim.url, 10_000);
    expect(new Set(seen.map((incident) => incident.externalNumber)).size).toBe(10_000);
    expect(seen).toHaveLength(10_000);
    await victim.stop();
    await verified(folder.dir);
  }, 600_000);
});
