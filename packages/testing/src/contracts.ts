import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  asyncApi,
  type Finding,
  findChanges,
  type JsonObject,
  printJson,
  publishedSchemas,
  publishedTypes,
  sayFinding,
} from '@cityloop/contracts/published';
import { record } from './recordings.ts';

/*
 * npm run contracts                        writes docs/contracts anew, when no reader is broken by it
 * npm run contracts -- --widen             … also when readers have to know of new values first
 * npm run contracts -- check               changes nothing; exit 1 when it would have to, or may not
 * npm run contracts -- check --against REF … against what was published at that commit as well
 * npm run contracts -- record              keeps events of this build in packages/contracts/recordings
 */

const MOST_TOLD = 20;
const root = fileURLToPath(new URL('../../../', import.meta.url));
const SCHEMAS = 'docs/contracts/events.schema.json';
const ASYNC_API = 'docs/contracts/asyncapi.json';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });

// Written by this very command, or by an older one.
const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject;
const committed = (path: string): string =>
  existsSync(`${root}${path}`) ? readFileSync(`${root}${path}`, 'utf8') : '{}';

function tell(findings: readonly Finding[]): void {
  for (const finding of findings.slice(0, MOST_TOLD)) say(sayFinding(finding));
  if (findings.length > MOST_TOLD) say(`… and ${findings.length - MOST_TOLD} more of the kind`);
}

function check(schemas: JsonObject, against: string | undefined): boolean {
  const before = [committed(SCHEMAS)];
  if (against !== undefined) before.push(git('show', `${against}:${SCHEMAS}`));
  const findings = before.flatMap((text) => findChanges(parsed(text), schemas));
  tell(findings);
  const stale = [
    ...(committed(SCHEMAS) === `${printJson(schemas)}\n` ? [] : [SCHEMAS]),
    ...(committed(ASYNC_API) === `${printJson(asyncApi())}\n` ? [] : [ASYNC_API]),
  ];
  for (const path of stale) say(`${path} is not what the code says: npm run contracts`);
  return stale.length === 0 && findings.every(({ kind }) => kind === 'widening');
}

function publish(schemas: JsonObject, widen: boolean): boolean {
  const findings = findChanges(parsed(committed(SCHEMAS)), schemas);
  const refused = findings.filter(({ kind }) => kind === 'breaking' || !widen);
  tell(refused);
  if (refused.length > 0) return false;
  writeFileSync(`${root}${SCHEMAS}`, `${printJson(schemas)}\n`);
  writeFileSync(`${root}${ASYNC_API}`, `${printJson(asyncApi())}\n`);
  say(`${publishedTypes(schemas).length} types in ${SCHEMAS} and ${ASYNC_API}`);
  return true;
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { widen: { type: 'boolean', default: false }, against: { type: 'string' } },
  });
  const schemas = publishedSchemas();
  const [task = 'publish', ...rest] = positionals;
  if (rest.length > 0) throw new RangeError(`"${rest[0]}" is too much`);
  switch (task) {
    case 'publish':
      return publish(schemas, values.widen);
    case 'check':
      return check(schemas, values.against);
    case 'record':
      say(`${await record(git('rev-parse', '--short=7', 'HEAD').trim(), schemas)} events kept`);
      return true;
    default:
      throw new RangeError(`"${task}" is no task; there are: publish, check, record`);
  }
}

main().then(
  (well) => {
    process.exitCode = well ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`contracts: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
