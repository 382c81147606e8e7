import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../packages/runtime/src/config.ts';
import { servicePorts } from '../../packages/service/src/lifecycle/settings.ts';
import { composeFile, interpolated, settingsIn } from './compose-file.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compose = composeFile(root);
const every = Object.entries(compose.services);
/** Those that run on, as far as a test looks at them: a tool runs once and is gone. */
const lasting = every.filter(([, { profiles }]) => !profiles?.includes('tools'));
const ours = every.filter(([, { image }]) => image.startsWith('cityloop:'));
const services = lasting.filter(([, { image }]) => image.startsWith('cityloop:'));
const brokers = every.filter(([, { image }]) => image.startsWith('apache/kafka:'));
const secrets = {
  SERVICE_TOKEN: 's'.repeat(43),
  METRICS_TOKEN: 'm'.repeat(43),
  DATABASE_PASSWORD: 'd'.repeat(43),
  POSTGRES_PASSWORD: 'p'.repeat(43),
  REDIS_PASSWORD: 'r'.repeat(43),
  GRAFANA_PASSWORD: 'g'.repeat(43),
};
const folderOf = (name) => (name === 'gateway' ? 'console' : name);
const ports = { gateway: 8080, ...servicePorts };

async function configOf(name) {
  const { Config } = await import(`../../services/${folderOf(name)}/src/config.ts`);
  return Config;
}

async function namesOf(name) {
  return Object.keys((await configOf(name)).def.innerType.shape);
}

describe('the services', () => {
  it('are all there, each by the main that exists', () => {
    expect(services.map(([name]) => name).toSorted()).toEqual(Object.keys(ports).toSorted());
    for (const [name, { command }] of services) {
      expect(command).toEqual(['node', `services/${folderOf(name)}/src/main.ts`]);
    }
    for (const [, { command }] of ours) expect(existsSync(join(root, command[1]))).toBe(true);
  });

  it.each(services)('%s accepts the settings it is given', async (name, { environment }) => {
    const settings = loadConfig(await configOf(name), interpolated(environment, secrets));
    expect(settings).toMatchObject({ PORT: ports[name], KAFKA_BROKERS: 'kafka:9092' });
  });

  it('are given nothing that none of them reads', async () => {
    const known = new Set((await Promise.all(services.map(([name]) => namesOf(name)))).flat());
    const given = ours.flatMap(([, { environment }]) => Object.keys(environment));
    expect(given.filter((name) => !known.has(name))).toEqual([]);
  });

  it('are told where each of the others is', async () => {
    for (const [name, { environment }] of services) {
      const urls = (await namesOf(name)).filter((setting) => setting.endsWith('_URL'));
      expect(Object.keys(environment)).toEqual(expect.arrayContaining(urls));
    }
    const [[, { environment }]] = services;
    for (const [name, port] of Object.entries(servicePorts)) {
      if (name === 'district') continue;
      expect(environment[`${name.toUpperCase()}_URL`]).toBe(`http://${name}:${port}`);
    }
  });

  it('may take as long to stop as they do', () => {
    for (const [, { stop_grace_period: grace }] of services) expect(grace).toBe('25s');
  });

  it('are reached through the gateway alone', () => {
    const open = every.filter(([, service]) => service.ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(['gateway', 'grafana']);
    for (const [, { ports: published }] of open) expect(published[0]).toMatch(/^\$\{BIND:-127/);
    for (const [name, { networks }] of every) {
      const outside = networks.includes('front');
      expect([name, outside]).toEqual([name, ['gateway', 'grafana'].includes(name)]);
    }
    expect(compose.networks.back).toEqual({ internal: true });
  });
});

describe('every container', () => {
  it.each(every)('%s has a pinned image, no root, and no way to more rights', (_, service) => {
    expect(service.image).toMatch(/:v?\d+(\.\d+)*$/);
    expect(service.user).toMatch(/^(node|postgres|redis|appuser|65534:65534|472)$/);
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service.privileged).toBeUndefined();
    expect(service.pull_policy).toBeUndefined();
  });

  it.each(every)('%s has limits', (_, service) => {
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.logging.options).toHaveProperty('max-size');
  });

  it.each(lasting)('%s says whether it works', (_, { healthcheck }) => {
    expect(healthcheck.test[0]).toMatch(/^CMD/);
    expect(Number.parseInt(healthcheck.timeout, 10)).toBeLessThanOrEqual(5);
  });

  it('starts after what it needs works, and stops before it', () => {
    for (const [name, { depends_on: needs }] of ours) {
      for (const server of ['postgres', 'redis', 'kafka']) {
        expect([name, needs[server]]).toEqual([name, { condition: 'service_healthy' }]);
      }
    }
    const behind = Object.keys(compose.services.gateway.depends_on);
    expect(behind).toEqual(expect.arrayContaining(Object.keys(servicePorts)));
  });

  it('mounts only files and volumes that are there', () => {
    const mounts = every.flatMap(([, { volumes = [] }]) => volumes);
    for (const mount of mounts) {
      const [source] = interpolated({ mount }, {}).mount.split(':');
      const there = source.startsWith('./')
        ? existsSync(join(root, source))
        : Object.hasOwn(compose.volumes, source);
      expect([source, there]).toEqual([source, true]);
    }
  });
});

describe('the data', () => {
  it('is where the images really write', () => {
    const { postgres, redis, gateway } = compose.services;
    expect(postgres.volumes).toContain('postgres:/var/lib/postgresql');
    expect(redis.volumes).toContain('redis:/data');
    expect(redis.command.at(-1)).toMatch(/dir \/data\nappendonly yes/);
    expect(gateway.volumes).toEqual(['photos:/data']);
    for (const [, { volumes, environment }] of brokers) {
      expect(volumes[0]).toMatch(new RegExp(`:${environment.KAFKA_LOG_DIRS}$`));
    }
  });

  it('of each broker is its own', () => {
    const three = settingsIn(readFileSync(join(root, 'infra/docker/cluster3.env'), 'utf8'));
    const sources = brokers.map(
      ([
        ,
        {
          volumes: [data],
        },
      ]) => interpolated({ data }, three).data,
    );
    expect(new Set(sources).size).toBe(3);
    // One broker's volume is no third of three.
    expect(sources).not.toContain('kafka:/var/lib/kafka/data');
  });
});

describe('three brokers', () => {
  it('know each other, and the services all of them', () => {
    const three = settingsIn(readFileSync(join(root, 'infra/docker/cluster3.env'), 'utf8'));
    const given = brokers.map(([, { environment }]) => interpolated(environment, three));
    const voters = given.map(({ KAFKA_NODE_ID: id }, n) => `${id}@${brokers[n][0]}:9093`);
    for (const environment of given) {
      expect(environment.KAFKA_CONTROLLER_QUORUM_VOTERS).toBe(voters.join());
      expect(environment.KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR).toBe('3');
      expect(environment.KAFKA_MIN_INSYNC_REPLICAS).toBe('2');
    }
    const { environment } = compose.services.intake;
    const { KAFKA_BROKERS: addresses } = interpolated(environment, { ...secrets, ...three });
    expect(addresses).toBe(brokers.map(([name]) => `${name}:9092`).join());
  });
});

describe('secrets', () => {
  it('are asked for with the way to make them, and drawn by it', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    const asked = [...text.matchAll(/\$\{(\w+):\?([^}]*)\}/g)];
    for (const [, , sentence] of asked) expect(sentence).toContain('infra/docker/make-env.sh');
    const script = readFileSync(join(root, 'infra/docker/make-env.sh'), 'utf8');
    const drawn = /for name in ([\w ]+);/.exec(script)[1].split(' ');
    expect(new Set(asked.map(([, name]) => name))).toEqual(new Set(drawn));
    expect(Object.keys(secrets).toSorted()).toEqual(drawn.toSorted());
  });

  it('are in no file of the project, and .env is none', () => {
    for (const [, { environment = {} }] of every) {
      for (const [name, value] of Object.entries(environment)) {
        if (/TOKEN|PASSWORD|SECRET/.test(name)) expect(value).toMatch(/^\$\{\w+(:\?|:-\})/);
        expect(value).not.toMatch(/:\/\/[^/]*:(?!\$\{)[^/@]+@/);
      }
    }
    expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toContain('.env');
    expect(readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')).toContain('.env*');
  });
});
