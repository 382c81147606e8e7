import {
  type Authenticate,
  createServer,
  isLoopback,
  orMetricsToken,
  PUBLIC,
  type ReadyCheck,
  type Server,
  serviceToken,
} from '@cityloop/http';
import { Unavailable } from '@cityloop/kernel';
import type { Logger, Metrics } from '@cityloop/runtime';
import { type CallDoor, createCallDoor } from '../calls/routes.ts';
import type { Offer, Running } from './running.ts';
import type { ServiceSettings } from './settings.ts';

/** The door of a service as a process: open from the first moment on, whatever is behind it. */
export type InternalDoor = {
  readonly app: Server;
  readonly calls: CallDoor;
  /** From now on calls are answered. */
  open(running: Running): void;
  /** From now on the process is not ready, and turns calls away. */
  stop(): void;
};

type DoorSettings = Pick<ServiceSettings, 'HOST' | 'METRICS_TOKEN' | 'SERVICE_TOKEN'>;

export function createInternalDoor(options: {
  readonly name: string;
  readonly settings: DoorSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): InternalDoor {
  const { settings, logger } = options;
  let refusal: Unavailable | undefined = new Unavailable(
    'STARTING',
    '服务正在启动 / the service is starting',
  );
  let running: Running | undefined;
  const atWork = (): Running => {
    if (refusal === undefined && running !== undefined) return running;
    throw refusal ?? new Unavailable('STARTING', '服务正在启动 / the service is starting');
  };
  // Grows when there is more to check: the server looks at it each time.
  const checks: ReadyCheck[] = [{ name: 'process', check: () => void atWork() }];
  const offer: Offer = {
    methods: () => atWork().methods ?? {},
    streams: () => atWork().streams ?? {},
  };
  const calls = createCallDoor(offer, logger);
  const app = createServer({
    name: options.name,
    logger,
    authenticate: authenticateBy(settings),
    permissions: { call: ['system'], metrics: ['system', 'auditor'] },
    ...metricsOf(settings),
    ready: checks,
    metrics: options.metrics,
  });
  app.register(calls.routes);
  return {
    app,
    calls,
    open(given) {
      running = given;
      checks.push(...given.ready);
      refusal = undefined;
    },
    stop() {
      refusal = new Unavailable('STOPPING', '服务正在停止 / the service is stopping');
    },
  };
}

/** Open where no stranger comes, unless there is a token for it. */
export function metricsOf({ HOST, METRICS_TOKEN }: Omit<DoorSettings, 'SERVICE_TOKEN'>): {
  readonly metricsPermission?: string;
} {
  const open = isLoopback(HOST) && METRICS_TOKEN === undefined;
  return open ? { metricsPermission: PUBLIC } : {};
}

function authenticateBy({ SERVICE_TOKEN, METRICS_TOKEN }: DoorSettings): Authenticate {
  const services = serviceToken(SERVICE_TOKEN);
  return METRICS_TOKEN === undefined ? services : orMetricsToken(services, METRICS_TOKEN);
}
