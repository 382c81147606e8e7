import { reportFatal } from '@cityloop/runtime';
import { findMissing, missingText } from './log/missing.ts';
import { moveToDatabase } from './log/move-to-database.ts';
import { moveToKafka } from './log/move-to-kafka.ts';
import { type LogOptions, readOptions, USAGE } from './log/options.ts';
import { refill } from './log/refill.ts';
import { openDatabase } from './tool-database.ts';
import { requireKafka } from './tool-log.ts';

const MISSING = 1;
const FAILED = 2;
const DAY_MS = 86_400_000;

function progress(events: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${events} events `);
}

async function run({ command, to, days, data, receipts }: LogOptions): Promise<string> {
  await using opened = await openDatabase({
    data,
    databaseUrl: process.env.DATABASE_URL || undefined,
    defaultData: process.env.CITYLOOP_DATA || './data',
    readOnly: command !== 'move',
  });
  if (receipts !== undefined) {
    const compared = await findMissing(opened.db, receipts);
    if (compared.missing.length > 0) process.exitCode = MISSING;
    return missingText(compared);
  }
  await using log = await requireKafka(process.env);
  if (command === 'refill') {
    const since = new Date(Date.now() - days * DAY_MS).toISOString();
    const done = await refill(opened.db, log, since, progress);
    return `已补发 published again: ${done.events} events, ${done.revisions} policy revisions`;
  }
  const events =
    to === 'kafka'
      ? await moveToKafka(opened.db, log, progress)
      : await moveToDatabase(opened.db, log);
  const next =
    to === 'kafka'
      ? 'start everything with KAFKA_BROKERS'
      : 'start everything without KAFKA_BROKERS; the topics were left as they are';
  return `已迁移 moved: ${events} events, word for word; ${next}`;
}

try {
  const options = readOptions(process.argv.slice(2));
  process.stdout.write(`${options === undefined ? USAGE : await run(options)}\n`);
} catch (error) {
  reportFatal(error);
  process.exitCode = FAILED;
}
