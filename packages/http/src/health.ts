import { CityLoopError, Unavailable } from '@cityloop/kernel';
import type { Metrics } from '@cityloop/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PUBLIC } from './permissions.ts';

const DEFAULT_CHECK_MS = 2_000;
const Live = z.object({ status: z.literal('live') });
const Ready = z.object({
  status: z.enum(['ready', 'degraded']),
  checks: z.array(
    z.object({ name: z.string(), ok: z.boolean(), degraded: z.literal(true).optional() }),
  ),
});

/**
 * Something a server cannot work without. `check` throws, or takes longer than `withinMs`: not ready. It
 * answers `degraded` where the work goes on all the same, slower or later.
 */
export type ReadyCheck = {
  readonly name: string;
  check(): unknown;
  /** Milliseconds, 2,000 unless told. */
  readonly withinMs?: number;
};

type Outcome = {
  readonly name: string;
  readonly ok: boolean;
  readonly degraded?: true;
  readonly reason?: string;
};

function reasonOf(error: unknown): string {
  // A driver's message may hold an address or a user name; our own codes do not.
  return error instanceof CityLoopError ? error.code : 'failed';
}

async function run({ name, check, withinMs = DEFAULT_CHECK_MS }: ReadyCheck): Promise<Outcome> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(late.resolve, withinMs, 'late');
  try {
    const outcome = await Promise.race([(async () => check())(), late.promise]);
    if (outcome === 'late') return { name, ok: false, reason: `no answer in ${withinMs} ms` };
    return outcome === 'degraded' ? { name, ok: true, degraded: true } : { name, ok: true };
  } catch (error) {
    return { name, ok: false, reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function readiness(checks: readonly ReadyCheck[]): Promise<z.infer<typeof Ready>> {
  const outcomes = await Promise.all(checks.map(run));
  const failed = outcomes.filter(({ ok }) => !ok).map(({ name }) => name);
  if (failed.length > 0) {
    throw new Unavailable('NOT_READY', `尚未就绪 / not ready: ${failed.join(', ')}`, {
      checks: outcomes,
    });
  }
  const degraded = outcomes.some((outcome) => outcome.degraded);
  return { status: degraded ? 'degraded' : 'ready', checks: outcomes };
}

/** `/live` touches nothing, `/ready` runs the checks side by side, `/metrics` is for who may read it. */
export function healthRoutes(
  checks: readonly ReadyCheck[],
  metrics: Metrics | undefined,
  readers: string,
): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { permission: PUBLIC };
    const tags = ['operations'];
    app.get(
      '/live',
      { config, schema: { tags, summary: 'Whether the process runs', response: { 200: Live } } },
      () => ({ status: 'live' as const }),
    );
    app.get(
      '/ready',
      { config, schema: { tags, summary: 'Whether it can do its work', response: { 200: Ready } } },
      () => readiness(checks),
    );
    if (metrics === undefined) return;
    metrics.gauge({
      name: 'ready',
      help: '1 for each check that passes, 0.5 where the work goes on degraded, 0 where it cannot.',
      labels: ['check'],
      async collect(gauge) {
        for (const { name, ok, degraded } of await Promise.all(checks.map(run))) {
          gauge.set({ check: name }, ok ? (degraded ? 0.5 : 1) : 0);
        }
      },
    });
    app.get(
      '/metrics',
      { config: { permission: readers }, schema: { tags, summary: 'Figures for Prometheus' } },
      async (_request, reply) =>
        reply.header('content-type', metrics.contentType).send(await metrics.text()),
    );
  };
}
