import type { Blobs } from '@cityloop/blobs';
import {
  type DistrictPack,
  type PackPerson,
  permissions,
  roles,
  type Subject,
} from '@cityloop/contracts';
import {
  type Authenticate,
  createServer,
  PUBLIC,
  type ReadyCheck,
  type Routes,
  type Server,
} from '@cityloop/http';
import type { Logger, Metrics } from '@cityloop/runtime';
import cookie from '@fastify/cookie';
import { createAttachments } from './attachments/attachments.ts';
import { createEntry } from './entry.ts';
import { adminRoutes } from './http/admin-routes.ts';
import { attachmentRoutes } from './http/attachment-routes.ts';
import { batchRoutes } from './http/batch-routes.ts';
import { boardRoutes } from './http/board-routes.ts';
import { clockRoutes } from './http/clock-routes.ts';
import { commandRoutes, revealRoute } from './http/command-routes.ts';
import { listRoutes } from './http/list-routes.ts';
import { modeRoutes } from './http/mode-routes.ts';
import { noticeRoutes } from './http/notice-routes.ts';
import { pageRoutes } from './http/page-routes.ts';
import { referenceRoutes } from './http/reference-routes.ts';
import { reportRoutes } from './http/report-routes.ts';
import { streamRoutes, type UntilOf } from './http/stream-routes.ts';
import { tokenUntil } from './http/token-expiry.ts';
import { viewRoutes } from './http/view-routes.ts';
import type { Loop } from './loop.ts';

export type GatewayOptions = {
  readonly loop: Loop;
  readonly authenticate: Authenticate;
  /** Where photos are kept. */
  readonly blobs: Blobs;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whether anybody may read `/metrics`: only where no stranger can come to the door. */
  readonly metricsOpen?: boolean;
  readonly ready: readonly ReadyCheck[];
  /** Further routes at the root: how people sign in. */
  readonly extra?: readonly Routes[];
  /** Until when whoever sent a request is let in; by its token unless told. */
  readonly until?: UntilOf;
};

const people = roles.filter((role) => role !== 'system');
const staff = people.filter((role) => role !== 'citizen');

/** The one door: authenticates, routes by verb, waits and sheds load; decides nothing. */
export function createGateway(options: GatewayOptions): Server {
  const { loop } = options;
  const app = createServer({
    name: 'gateway',
    logger: options.logger,
    authenticate: options.authenticate,
    permissions: {
      ...permissions,
      read: roles,
      attach: people,
      batch: staff,
      operate: ['admin'],
      'read-modes': staff,
      // Which of them, where and for what mode, the pack says.
      modes: ['shift-supervisor', 'leader', 'admin'],
      metrics: ['auditor', 'admin'],
    },
    ...(options.metricsOpen === true ? { metricsPermission: PUBLIC } : {}),
    ready: options.ready,
    metrics: options.metrics,
    openapi: { title: 'CityLoop', version: '1', description: '一网统管：区与街镇的案件闭环' },
  });
  app.register(cookie);
  const prefix = '/api/v1';
  const attachments = createAttachments(options.blobs, Date.now);
  const entry = createEntry(loop, attachments);
  const person = (id: string) => personSubject(loop.pack(), id);
  for (const routes of [
    reportRoutes(loop, entry),
    batchRoutes(loop, entry, person),
    commandRoutes(loop, entry),
    revealRoute(loop),
    viewRoutes(loop),
    clockRoutes(loop),
    boardRoutes(loop),
    listRoutes(loop),
    noticeRoutes(loop),
    adminRoutes(loop),
    referenceRoutes(loop),
    modeRoutes(loop),
    attachmentRoutes(loop, attachments),
    streamRoutes(loop, options.metrics, options.until ?? tokenUntil),
  ]) {
    app.register(routes, { prefix });
  }
  for (const routes of [pageRoutes(), ...(options.extra ?? [])]) app.register(routes);
  return app;
}

/** A person of the pack as a token names them. */
export function subjectOfPerson(person: PackPerson): Subject {
  const { id, name, area, centreId, unitId, employer, post, shift, grids } = person;
  return {
    id,
    name,
    roles: [...person.roles],
    area,
    post,
    ...(centreId === undefined ? {} : { centreId }),
    ...(unitId === undefined ? {} : { unitId }),
    ...(employer === undefined ? {} : { employer }),
    ...(shift === undefined ? {} : { shift }),
    ...(grids === undefined ? {} : { grids: [...grids] }),
  };
}

function personSubject(pack: DistrictPack, id: string): Subject | undefined {
  const person = pack.people.find((p) => p.id === id);
  return person === undefined ? undefined : subjectOfPerson(person);
}
