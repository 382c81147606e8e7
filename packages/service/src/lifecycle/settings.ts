import { InvalidInput } from '@cityloop/kernel';
import { logLevels } from '@cityloop/runtime';
import { z } from 'zod';
import { databaseUrl, redisUrls } from './addresses.ts';
import { kafkaSettings } from './kafka-port.ts';

/** The services, and the port each has on a machine they share. */
export const servicePorts = {
  intake: 8_081,
  dispatch: 8_082,
  handling: 8_083,
  verification: 8_084,
  archive: 8_085,
  monitor: 8_086,
  district: 8_087,
  sla: 8_088,
} as const;
export type ServiceName = keyof typeof servicePorts;
/** Those that others call. */
export type PeerName = ServiceName;

/** The settings of a door. */
export const doorSettings = (port: number) => ({
  PORT: z.coerce.number().int().min(0).max(65_535).default(port).meta({
    description: 'Port it listens on; 0 picks a free one.',
  }),
  HOST: z.string().min(1).default('127.0.0.1').meta({
    description: 'Address it listens on; 0.0.0.0 opens it to the network.',
  }),
  METRICS_TOKEN: z.string().min(16).optional().meta({
    description:
      'Bearer token that opens /metrics; without one it is open on loopback and closed elsewhere.',
    secret: true,
  }),
  LOG_LEVEL: z.enum(logLevels).default('warn').meta({
    description: 'What is logged, as JSON lines on standard error.',
  }),
});

/** The settings of the servers a service works with, and of its place among the others. */
export const worldSettings = {
  DATABASE_URL: databaseUrl().meta({
    description: 'The Postgres that has a schema for each service.',
    secret: true,
  }),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(200).default(6).meta({
    description: 'The most connections of this process, but for one that holds its locks.',
  }),
  ...kafkaSettings,
  SERVICE_TOKEN: z.string().min(32).meta({
    description:
      'Secret of at least 32 characters that all services share; nothing between them works without.',
    secret: true,
  }),
};

/** Where the clocks are indexed: of the services that have any. */
export const timerSettings = {
  REDIS_URL: redisUrls().optional().meta({
    description:
      'A Redis for the timer index (redis:// or rediss://, nodes of a cluster by commas); without it the index of the database.',
    secret: true,
  }),
};

/** How notices of the ladders leave the house. */
export const noticeSettings = {
  NOTICE_WEBHOOK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description: 'Where notices are posted to, signed: the message platform of the city.',
    }),
  NOTICE_WEBHOOK_SECRET: z.string().min(32).optional().meta({
    description: 'What they are signed with (HMAC-SHA256).',
    secret: true,
  }),
  NOTICE_WEBHOOK_PRIVATE: z.enum(['refused', 'allowed']).default('refused').meta({
    description: 'Whether that may lie in a private network.',
  }),
  NOTICE_SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .meta({
      description:
        'A mail server, smtp://user:password@host:587 or smtps://…, for people with an address.',
      secret: true,
    }),
  NOTICE_FROM: z.string().min(3).max(200).optional().meta({
    description: 'Whom mails are from.',
  }),
};
export type NoticeSettings = Readonly<z.infer<z.ZodObject<typeof noticeSettings>>>;

/** What every service as a process has. */
export type ServiceSettings = z.infer<
  z.ZodObject<ReturnType<typeof doorSettings> & typeof worldSettings>
> & { readonly REDIS_URL?: string | undefined };

const upper = <N extends PeerName>(name: N) => `${name.toUpperCase()}_URL` as UrlSetting<N>;
export type UrlSetting<N extends PeerName> = `${Uppercase<N>}_URL`;
type Urls = readonly string[];
type UrlField = z.ZodType<Urls, string | undefined>;

/** Where other services are. */
export function peerSettings<N extends PeerName>(names: readonly N[]) {
  const fields = names.map((name) => [
    upper(name),
    z
      .string()
      .default(`http://127.0.0.1:${servicePorts[name]}`)
      .transform(urlsIn)
      .meta({
        description: `Where ${name} is: base URLs, by commas. Each name stands for all its addresses, which are the replicas.`,
      }),
  ]);
  // One field for each of the names.
  return Object.fromEntries(fields) as { [M in N as UrlSetting<M>]: UrlField };
}

function urlsIn(text: string, ctx: z.core.$RefinementCtx): Urls {
  const urls = text.split(',').map((part) => part.trim());
  for (const url of urls) {
    const parsed = URL.parse(url);
    if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.pathname === '/') continue;
    const message = 'expected base URLs such as http://dispatch:8082, separated by commas';
    ctx.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  }
  return urls;
}

/** Where a peer is, by the settings of a process that has `peerSettings`. */
export function urlsOf(settings: object, name: PeerName): Urls {
  const urls: unknown = Object.entries(settings).find(([key]) => key === upper(name))?.[1];
  if (Array.isArray(urls)) return urls as Urls; // made by `urlsIn` only
  throw new InvalidInput('PEER_UNKNOWN', `there is no setting that says where ${name} is`);
}
