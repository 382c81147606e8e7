import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { z } from 'zod';
import type { World, WorldData } from '../world/world.ts';

const VERIFY = 'services/standalone/src/verify-run.ts';
const POLL_MS = 1_000;

const Report = z.looseObject({
  ok: z.boolean(),
  verdicts: z.array(
    z.looseObject({
      id: z.string(),
      found: z.int(),
      findings: z.array(z.looseObject({ what: z.string(), incidentId: z.string().optional() })),
    }),
  ),
  notes: z.array(z.string()),
});
export type Verified = {
  readonly violations: readonly string[];
  readonly notes: readonly string[];
};

/** What is not ready when the patience is at its end; nothing when all is. */
export async function untilReady(
  world: Pick<World, 'notReady'>,
  patienceMs: number,
): Promise<readonly string[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const missing = await world.notReady();
    if (missing.length === 0 || performance.now() > deadline) return missing;
    await after(POLL_MS);
  }
}

/**
 * Holds the database, and the topic, to the invariants of a run at rest (`verify-run --settled`), again and again until
 * they hold: as long as something is under way they do not. What is still found when the patience is at its
 * end is a violation.
 */
export async function untilVerified(data: WorldData, patienceMs: number): Promise<Verified> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const verified = await verify(data);
    if (verified.violations.length === 0 || performance.now() > deadline) return verified;
    await after(POLL_MS);
  }
}

async function verify({ databaseUrl, brokers, build }: WorldData): Promise<Verified> {
  const child = spawn(process.execPath, [join(build(), VERIFY), '--settled', '--json'], {
    // What the tool needs and nothing else of ours.
    env: {
      DATABASE_URL: databaseUrl,
      ...(brokers === undefined ? {} : { KAFKA_BROKERS: brokers }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  const parsed = Report.safeParse(jsonOf(told));
  if (!parsed.success) return { violations: [`verify-run did not check: ${said}`], notes: [] };
  const { verdicts, notes } = parsed.data;
  return {
    notes,
    violations: verdicts.flatMap(({ id, found, findings }) => [
      ...findings.map(({ what, incidentId = '' }) => `${id} ${incidentId} ${what}`),
      ...(found > findings.length ? [`${id} … and ${found - findings.length} more`] : []),
    ]),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
