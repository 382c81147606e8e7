import type { Metrics } from '@cityloop/runtime';
import type { FastifyInstance, onSendHookHandler, RouteOptions } from 'fastify';
import { startedKey } from './request-state.ts';

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function hooksOf(route: RouteOptions): onSendHookHandler[] {
  const own = route.onSend;
  if (own === undefined) return [];
  // Fastify allows callback and async hooks here and runs either; its types keep them apart.
  return (Array.isArray(own) ? own : [own]) as onSendHookHandler[];
}

/**
 * Measures every route added after this call: seconds from the first byte of the request until the
 * answer is ready (of a stream: until it begins), by route pattern and status.
 */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request until its answer is ready',
    labels: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
  });
  app.addHook('onRoute', (route) => {
    const method = String(route.method);
    const { url } = route;
    const byStatus = new Map<number, { observe(value: number): void }>();
    route.onSend = [
      (request, reply, payload, done) => {
        const status = reply.raw.statusCode;
        let series = byStatus.get(status);
        if (series === undefined) {
          series = seconds.labels(method, url, String(status));
          byStatus.set(status, series);
        }
        series.observe((performance.now() - request[startedKey]) / 1_000);
        done(null, payload);
      },
      ...hooksOf(route),
    ];
  });
}
