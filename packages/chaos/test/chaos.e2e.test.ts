import { makeTempFolder } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { expect, it } from 'vitest';
import { reportText } from '../src/report.ts';
import { runChaos } from '../src/run.ts';
import { startOwnWorld } from '../src/world/own-world.ts';

await ownServers('kafka');
await ownServers('redis');

/** Which plan: another one is tried by setting it. */
const SEED = Number(process.env.CHAOS_SEED ?? 2);
const MINUTES = 2;

it(`loses, doubles and sticks nothing while everything fails (seed ${SEED})`, async () => {
  await using folder = await makeTempFolder('chaos');
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const { path } = folder;
  await using world = await startOwnWorld({ folder: path, replicas: 1, brokers: 1, say });
  const run = { world, folder: path, minutes: MINUTES, seed: SEED, people: 4, say };
  const report = await runChaos(run);
  expect(report.violations, `${reportText(report)}\n${said.join('\n')}`).toEqual([]);
  expect(report.archived).toBeGreaterThan(0);
  expect(report.imported).toBeGreaterThan(0);
  expect(Object.keys(report.faults).length).toBeGreaterThan(5);
}, 600_000);
