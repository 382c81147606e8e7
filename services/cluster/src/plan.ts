import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identitySettings, kafkaSettings, noticeSettings } from '@cityloop/service';
import type { Config } from './config.ts';
import type { Servers } from './servers.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** In the order of their ports; started all at once, for each waits for what it needs. */
export const serviceNames = [
  'gateway',
  'intake',
  'dispatch',
  'handling',
  'verification',
  'archive',
  'monitor',
  'district',
  'sla',
] as const;
export type Name = (typeof serviceNames)[number];
/** Others ask for these. */
const called = [
  'intake',
  'dispatch',
  'handling',
  'verification',
  'archive',
  'monitor',
  'sla',
  'district',
] as const;
/** From the port of a replica to the one of the next. */
const STRIDE = 10;

export type Planned = {
  readonly name: Name;
  /** From 1 on. */
  readonly replica: number;
  readonly url: string;
  /** What Node runs. */
  readonly main: string;
  readonly env: Readonly<Record<string, string>>;
};

/** How many processes of each. */
export type Replicas = Readonly<Record<Name, number>>;

/** One process to be, with the port one would expect; 0 where any will do. */
export type Slot = Pick<Planned, 'name' | 'replica'> & { readonly port: number };

export function slotsOf(first: number, replicas: Replicas): readonly Slot[] {
  return serviceNames.flatMap((name, n) =>
    Array.from({ length: replicas[name] }, (_, before) => ({
      name,
      replica: before + 1,
      port: first === 0 ? 0 : first + n + STRIDE * before,
    })),
  );
}

/** Every process with its settings. */
export function planOf(
  config: Config,
  given: {
    readonly slots: readonly Slot[];
    readonly servers: Pick<Servers, 'databaseUrl' | 'kafkaBrokers' | 'redisUrl'>;
    readonly token: string;
  },
): readonly Planned[] {
  const data = resolve(config.CITYLOOP_DATA);
  const urls = called.map((name): [string, string] => [
    `${name.toUpperCase()}_URL`,
    given.slots
      .filter((slot) => slot.name === name)
      .map(({ port }) => `http://127.0.0.1:${port}`)
      .join(','),
  ]);
  const common = withoutUndefined({
    DATABASE_URL: given.servers.databaseUrl,
    ...kafkaOf(config),
    KAFKA_BROKERS: given.servers.kafkaBrokers,
    REDIS_URL: given.servers.redisUrl,
    SERVICE_TOKEN: given.token,
    METRICS_TOKEN: config.METRICS_TOKEN,
    LOG_LEVEL: config.LOG_LEVEL,
    // Sources are stripped and compiled once for all of them.
    NODE_COMPILE_CACHE: join(data, 'compiled'),
    ...Object.fromEntries(urls),
  });
  return given.slots.map(({ name, replica, port }): Planned => {
    const host = name === 'gateway' ? config.HOST : '127.0.0.1';
    return {
      name,
      replica,
      url: `http://${reachable(host)}:${port}`,
      main: mainOf(name),
      env: { ...common, ...ownOf(name, config), PORT: String(port), HOST: host },
    };
  });
}

/** What Node runs; of this build, or of one whose sources stand in another folder. */
export function mainOf(name: Name, build = ROOT): string {
  return join(build, 'services', name === 'gateway' ? 'console' : name, 'src', 'main.ts');
}

/** How a Kafka is reached, as it was told to us. */
function kafkaOf(config: Config): Record<string, string | undefined> {
  const names = Object.keys(kafkaSettings) as (keyof typeof kafkaSettings)[]; // its own
  return Object.fromEntries(names.map((name) => [name, config[name]?.toString()]));
}

/** Who may come in, as it was told to us. */
function identityOf(config: Config): Record<string, string | undefined> {
  const names = Object.keys(identitySettings) as (keyof typeof identitySettings)[]; // its own
  return Object.fromEntries(names.map((name) => [name, config[name]]));
}

/** How notices leave the house, as it was told to us. */
function noticesOf(config: Config): Record<string, string> {
  const names = Object.keys(noticeSettings) as (keyof typeof noticeSettings)[]; // its own
  return withoutUndefined(Object.fromEntries(names.map((name) => [name, config[name]])));
}

function ownOf(name: Name, config: Config): Record<string, string> {
  if (name === 'district') return { CITYLOOP_PACK: config.CITYLOOP_PACK };
  if (name === 'sla') return noticesOf(config);
  if (name !== 'gateway') return {};
  return withoutUndefined({
    CITYLOOP_DATA: resolve(config.CITYLOOP_DATA),
    ...identityOf(config),
  });
}

/** Where one that listens everywhere is found from here. */
const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;

function withoutUndefined(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const present = Object.entries(env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, string>; // the others are left out above
}
