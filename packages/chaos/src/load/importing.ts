import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileImport, importFile } from '@cityloop/importer';

const MAP = fileURLToPath(new URL('records.yaml', import.meta.url));
const HEADER = 'number,created,closed,lon,lat,text';
const ROWS = 60;
/** The people and the faults are what it is about. */
const RECORDS_A_SECOND = 6;
const START_MS = Date.parse('2026-01-05T01:00:00Z');
const HOUR_MS = 3_600_000;

/** The import with `--drive` at work, one file after the other. */
export type Importing = {
  /** Resolves when the file under way is imported. */
  stop(): Promise<void>;
  /** Source numbers of all records of the files that were imported. */
  readonly numbers: readonly string[];
  /** What the import says did not go as it should. */
  readonly complaints: readonly string[];
};

/** Imports generated files through one gateway after the other, with few records under way at a time. */
export function startImporting(urls: readonly string[], folder: string, seed: number): Importing {
  const numbers: string[] = [];
  const complaints: string[] = [];
  let over = false;

  async function file(round: number): Promise<void> {
    const name = `records-${round}`;
    const path = join(folder, `${name}.csv`);
    const own = Array.from({ length: ROWS }, (_, n) => `S${seed}-${round}-${n}`);
    await writeFile(path, recordsText(own, round));
    const running = await importFile({
      file: path,
      map: MAP,
      url: urls[round % urls.length] ?? '',
      person: 'jiang-admin',
      drive: true,
      goLive: false,
      again: false,
      out: folder,
      batch: 20,
      connections: 2,
      window: 20,
      rate: RECORDS_A_SECOND,
    });
    await running.ended;
    complaints.push(...complaintsOf(name, running));
    numbers.push(...own);
  }

  async function work(): Promise<void> {
    for (let round = 0; !over; round += 1) {
      try {
        await file(round);
      } catch (error) {
        complaints.push(`records-${round}: ${String(error)}`);
      }
    }
  }
  const working = work();
  return {
    numbers,
    complaints,
    stop() {
      over = true;
      return working;
    },
  };
}

function recordsText(numbers: readonly string[], round: number): string {
  const lines = numbers.map((number, n) => {
    const createdMs = START_MS + round * HOUR_MS + n * 60_000;
    const at = (ms: number) => new Date(ms).toISOString();
    const place = `${121.5 + n / 10_000},${31.298 + round / 100_000}`;
    return `${number},${at(createdMs)},${at(createdMs + 90 * 60_000)},${place},演示记录 ${n}`;
  });
  return `${HEADER}\n${lines.join('\n')}\n`;
}

function complaintsOf(name: string, { tally }: FileImport): readonly string[] {
  if (tally.taken === ROWS && tally.failed === 0 && tally.rejected === 0) return [];
  const { taken, rejected, failed, byCode } = tally;
  return [
    `${name}: of ${ROWS} records ${taken} were taken, ${rejected} rejected, ${failed} failed: ${JSON.stringify(byCode)}`,
  ];
}
