import { CityLoopError } from '@cityloop/kernel';
import { type BrokenRow, isBroken, type SourceRow } from '../input/row.ts';
import type { SourceFile } from '../input/source-file.ts';
import { goingLive, mapRow } from '../mapping/map-row.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { BatchClient } from '../send/batch-client.ts';
import { createGate, type Gate } from './gate.ts';
import { createPump, type Pump } from './pump.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { Outcome, Task } from './task.ts';

export type ImportRunOptions = {
  readonly source: SourceFile;
  readonly mapping: Mapping;
  readonly client: BatchClient;
  readonly records: RecordKeeper;
  readonly drive: boolean;
  readonly goLive: boolean;
  readonly batch: number;
  readonly connections: number;
  /** Records under way at once, at most: what bounds memory. */
  readonly window: number;
  /** Records a second, at most; as fast as the server takes them unless told. */
  readonly rate?: number | undefined;
  readonly patienceMs: number;
  readonly firstPatienceMs: number;
  readonly nowMs?: () => number;
  /** A record came to its end in this run. */
  settled?(outcome: Outcome): void;
  answered?(lines: number): void;
  away?(away: boolean): void;
};

/** An import under way. */
export type ImportRun = {
  /**
   * Resolves `true` when every record is settled, `false` when it was stopped before; rejects when
   * going on makes no sense. The records are written down in all cases.
   */
  readonly ended: Promise<boolean>;
  /** Stops reading, waits for the requests under way. */
  stop(): void;
};

/** Reads, maps and sends a source, with bounded memory whatever its length. */
export function startImport(options: ImportRunOptions): ImportRun {
  const nowMs = options.nowMs ?? (() => performance.now());
  const gate = createGate({ window: options.window, rate: options.rate, nowMs });
  const { records } = options;
  const settle = (n: number, outcome: Outcome): void => {
    gate.leave();
    records.settle(n, outcome);
    options.settled?.(outcome);
  };
  const pump = createPump({
    client: options.client,
    batch: options.batch,
    connections: options.connections,
    patienceMs: options.patienceMs,
    firstPatienceMs: options.firstPatienceMs,
    nowMs,
    settled: (task, outcome) => settle(task.n, outcome),
    answered: (lines) => options.answered?.(lines),
    away: (away) => options.away?.(away),
  });

  async function run(): Promise<boolean> {
    let finished = false;
    try {
      finished = await Promise.race([feed(options, gate, pump, settle), pump.failed]);
    } finally {
      gate.close();
      await pump.stop();
      await records.close(finished);
    }
    return finished;
  }

  return { ended: run(), stop: () => gate.close() };
}

async function feed(
  options: ImportRunOptions,
  gate: Gate,
  pump: Pump,
  settle: (n: number, outcome: Outcome) => void,
): Promise<boolean> {
  let n = 0;
  for await (const row of options.source.rows()) {
    n += 1;
    if (n <= options.records.done) continue;
    if (!(await gate.enter())) return false;
    const made = prepare(options, n, row);
    if ('plan' in made) pump.add(made);
    else settle(n, made);
  }
  return gate.empty();
}

/** The record as a task, or how it ended before anything was sent. */
function prepare(options: ImportRunOptions, n: number, row: SourceRow | BrokenRow): Task | Outcome {
  const { line } = row;
  if (isBroken(row)) {
    const rejection = { code: row.code, reason: row.reason };
    return { kind: 'rejected', line, record: row.text, rejection };
  }
  const record = row.columns;
  try {
    const mapped = mapRow(options.mapping, row, options.drive);
    if (mapped === undefined) return { kind: 'skipped', line, record: undefined };
    const plan = options.goLive ? goingLive(mapped) : mapped;
    return {
      n,
      line,
      record,
      plan,
      next: 0,
      incidentId: undefined,
      status: undefined,
      events: 0,
      repeat: undefined,
      tries: 0,
      failingSinceMs: undefined,
    };
  } catch (error) {
    if (!(error instanceof CityLoopError)) throw error;
    const rejection = { code: error.code, reason: error.message };
    return { kind: 'rejected', line, record, rejection };
  }
}
