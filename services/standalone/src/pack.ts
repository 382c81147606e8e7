import { createInterface } from 'node:readline/promises';
import { packFolder } from '@cityloop/district';
import { CityLoopError, InvalidInput } from '@cityloop/kernel';
import { reportFatal } from '@cityloop/runtime';
import { apply, check, convert, diff, type Said, show } from './pack/commands.ts';
import { type PackOptions, readOptions, USAGE } from './pack/options.ts';
import { openDatabase } from './tool-database.ts';
import { openKafka } from './tool-log.ts';

const MISTAKES = 1;
const FAILED = 2;
const usual = process.env.CITYLOOP_PACK || 'yangpu';

async function agreed(difference: string, yes: boolean): Promise<boolean> {
  process.stdout.write(`${difference}\n`);
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new InvalidInput('PACK_NOT_AGREED', 'nobody is there to ask: say --yes to apply it');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('发布？publish? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function run({ command, pack, data, yes }: PackOptions): Promise<Said> {
  if (command === 'convert') return convert(pack ?? '');
  const dir = packFolder(pack ?? usual);
  if (command === 'check') return check(dir);
  await using opened = await openDatabase({
    data,
    databaseUrl: process.env.DATABASE_URL || undefined,
    defaultData: process.env.CITYLOOP_DATA || './data',
    readOnly: command !== 'apply',
  });
  await using log = await openKafka(process.env);
  if (command === 'show') return await show(opened.db, log);
  if (command === 'diff') return await diff(opened.db, dir, log);
  const said = await apply(opened.db, dir, (difference) => agreed(difference, yes), log);
  if (said.code !== 0 || dir === packFolder(usual)) return said;
  const hint = `下次启动仍读 ${usual}；如需保持请设 CITYLOOP_PACK / the next start reads ${usual} again unless CITYLOOP_PACK names this one`;
  return { ...said, text: `${said.text}\n${hint}` };
}

try {
  const options = readOptions(process.argv.slice(2));
  const said = options === undefined ? { text: USAGE, code: 0 } : await run(options);
  process.stdout.write(`${said.text}\n`);
  process.exitCode = said.code;
} catch (error) {
  reportFatal(error);
  const invalid = error instanceof CityLoopError && error.code === 'PACK_INVALID';
  process.exitCode = invalid ? MISTAKES : FAILED;
}
