import type { EventLog } from '@cityloop/event-log';
import type { Database, Queryable } from '@cityloop/postgres';
import { caseFiles } from './case-files.ts';
import { checkMarks } from './deadlines.ts';
import { checkDeadlines, deadlineJudges } from './deadlines-anew.ts';
import { Findings, type Verdict } from './findings.ts';
import { readHistory } from './history.ts';
import { KeyCheck } from './keys.ts';
import { checkChain } from './ledger-chain.ts';
import { checkLog } from './log-order.ts';
import { checkOutboxes } from './outboxes.ts';
import { checkProjections } from './projections.ts';
import { openRun, type Profile, readOffsets } from './tables.ts';
import { checkTopic } from './topic.ts';
import { endOfLog, parkedIncidents, setAside, unreadBy, Waiting } from './waiting.ts';

/** What a check has come to. */
export type Report = {
  readonly ok: boolean;
  /** The last position of the log, and the time of its last event, ISO 8601; absent when it is empty. */
  readonly log: { readonly position: number; readonly endsAt?: string };
  readonly verdicts: readonly Verdict[];
  /** Worth knowing, and no violation. */
  readonly notes: readonly string[];
  readonly seconds: number;
};

export type VerifyOptions = {
  /** The run has come to rest: nothing may be under way any more. */
  readonly settled?: boolean;
  /** How long something may wait while the log goes on, ms; 60 s unless told. */
  readonly patienceMs?: number;
  /** The log, where it stands elsewhere: then its topic is read whole and held to the ledger. */
  readonly log?: Pick<EventLog, 'ends' | 'subscribe'> | undefined;
  /** Told after each page how many incidents have been looked at. */
  readonly onProgress?: (incidents: number) => void;
};

/** The hand-over watch publishes again what was not taken within this time. */
const PATIENCE_MS = 60_000;

/**
 * Holds databases and log to I1 to I10 as of one moment: everything is read in one read-only transaction
 * that sees one snapshot, so it may run beside the product. Reads in pages; what it keeps meanwhile
 * is fingerprints of keys and numbers, some 30 bytes an incident.
 *
 * @throws InvalidInput `VERIFY_NO_RUN` when the loop has never run on this database
 */
export async function verifyRun(db: Database, options: VerifyOptions = {}): Promise<Report> {
  return db.transaction(async (tx) => {
    await tx.execute({ text: 'set transaction isolation level repeatable read, read only' });
    return verifySnapshot(tx, options);
  });
}

/** The same inside a transaction of the caller's, which has to see one snapshot throughout. */
export async function verifySnapshot(tx: Queryable, options: VerifyOptions = {}): Promise<Report> {
  const startedMs = performance.now();
  const profile = await openRun(tx);
  const findings = new Findings();
  const end = await endOfLog(tx);
  await check(tx, profile, end.ms, options, findings);
  const verdicts = findings.verdicts();
  return {
    ok: verdicts.every(({ found }) => found === 0),
    log: {
      position: end.position,
      ...(end.ms === 0 ? {} : { endsAt: new Date(end.ms).toISOString() }),
    },
    verdicts,
    notes: findings.notes,
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

async function check(
  db: Queryable,
  profile: Profile,
  endMs: number,
  options: VerifyOptions,
  findings: Findings,
): Promise<void> {
  const { settled = false, patienceMs = PATIENCE_MS } = options;
  const bounds = { endMs, patienceMs, settled };
  const waiting = new Waiting();
  const offsets = await readOffsets(db, profile);
  const parked = await parkedIncidents(db);
  await checkLog(db, profile, offsets, findings);
  const onTheWay = profile.elsewhere
    ? await checkOutboxes(db, waiting, findings)
    : new Set<string>();
  await checkChain(db, findings);
  if (profile.elsewhere && options.log !== undefined) await checkTopic(db, options.log, findings);

  const judges = await deadlineJudges(db, findings);
  const keys = await KeyCheck.start(db, findings);
  const ctx = { findings, profile, offsets, onTheWay, parked, waiting, bounds };
  let incidents = 0;
  let latestMs = 0;
  for await (const files of caseFiles(db, profile)) {
    const histories = files.map((file) => {
      const history = readHistory(file, profile, findings);
      latestMs = Math.max(latestMs, checkMarks(history, findings));
      if (judges !== undefined) checkDeadlines(history, judges, findings);
      checkProjections(file, history, ctx);
      return history;
    });
    await keys.take(histories);
    incidents += files.length;
    options.onProgress?.(incidents);
  }
  await keys.lead();
  if (latestMs > 0) findings.note(`the latest red mark came ${latestMs / 1_000} s after its time`);
  await unreadBy(db, profile, offsets, waiting);
  await setAside(db, waiting, findings);
  waiting.conclude(bounds, findings);
}
