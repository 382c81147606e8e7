import { parseArgs } from 'node:util';
import { monthCommand } from './month/month-command.ts';
import { simulate } from './simulate.ts';

/*
 * npm run sim -- --seed N            one story, told step by step
 * npm run sim -- --seed N --seeds M  M stories from seed N on; what fails is told with how to replay it
 * npm run sim -- month --seed N --incidents M  a month of a district, held against the oracle of clocks
 */

const TAIL = 60;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function one(seed: number): Promise<boolean> {
  const { violations, trace, fingerprint, facts } = await simulate(seed);
  for (const line of trace) say(line);
  say(`\nseed ${seed}, fingerprint ${fingerprint}: ${JSON.stringify(facts)}`);
  for (const violation of violations) say(`VIOLATION ${violation}`);
  return violations.length === 0;
}

async function many(first: number, count: number): Promise<boolean> {
  const total = new Map<string, number>();
  let failed = 0;
  const startedMs = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const { violations, trace, facts } = await simulate(seed);
    for (const [name, n] of Object.entries(facts)) total.set(name, (total.get(name) ?? 0) + n);
    if (violations.length === 0) continue;
    failed += 1;
    for (const line of trace.slice(-TAIL)) say(`  ${line}`);
    for (const violation of violations) say(`VIOLATION ${violation}`);
    say(`replay with: npm run sim -- --seed ${seed}\n`);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const facts = [...total].map(([name, n]) => `${n} ${name}`).join(', ');
  say(`${count} seeds from ${first}, ${failed} failed, ${seconds} s: ${facts}`);
  return failed === 0;
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`--${name} takes a whole number, not ${text}`);
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      incidents: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [what, ...rest] = positionals;
  if (rest.length > 0 || (what !== undefined && what !== 'month')) {
    throw new RangeError(`there are stories (no word) and "month", not ${positionals.join(' ')}`);
  }
  if (what === 'month') {
    const incidents = wholeNumber('incidents', values.incidents, 100_000);
    return monthCommand({ seed: wholeNumber('seed', values.seed, 1), incidents });
  }
  const alone = values.seed !== undefined && values.seeds === undefined;
  const seed = wholeNumber('seed', values.seed, 1);
  return alone ? one(seed) : many(seed, wholeNumber('seeds', values.seeds, 200));
}

main().then(
  (well) => {
    process.exitCode = well ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`sim: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
