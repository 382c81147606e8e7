import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePorts, makeTempFolder, startPostgres } from '@cityloop/servers';
import { describe, expect, it } from 'vitest';

const TOKEN = 'a-token-of-more-than-thirty-two-characters';

/** One service as a process of its own, with just these settings. */
function launch(service: string, env: Readonly<Record<string, string>>) {
  const main = fileURLToPath(new URL(`../../${service}/src/main.ts`, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [main], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  // There is no `close` for one whose channel was closed from here.
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    ended,
    said: () => said,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Nobody listens there. */
async function nowhere(): Promise<string> {
  const [port] = await freePorts(1);
  return `127.0.0.1:${port}`;
}

async function until(url: string, status: number): Promise<void> {
  const look = async () => (await fetch(url).catch(() => undefined))?.status;
  await expect.poll(look, { timeout: 20_000 }).toBe(status);
}

describe('a service alone', () => {
  it('does not start on nonsense, and lists all of it at once', async () => {
    await using dispatch = launch('dispatch', {
      PORT: 'eighty',
      DATABASE_URL: 'nonsense-hunter2',
      KAFKA_BROKERS: 'kafka',
      REDIS_URL: 'redis:6379',
      SERVICE_TOKEN: 'short',
      HANDLING_URL: 'http://handling:8083,handling-2:8083',
    });
    expect(await dispatch.ended).toBe(1);
    const servers = ['DATABASE_URL', 'KAFKA_BROKERS', 'REDIS_URL'];
    for (const name of ['PORT', 'SERVICE_TOKEN', 'HANDLING_URL', ...servers]) {
      expect(dispatch.said()).toMatch(new RegExp(`^ {2}- ${name} is not valid`, 'm'));
    }
    expect(dispatch.said()).not.toMatch(/short|hunter2/);
  });

  it('waits for its servers with a word, turns calls away meanwhile, and can be stopped', async () => {
    const [port] = await freePorts(1);
    await using dispatch = launch('dispatch', {
      PORT: String(port),
      DATABASE_URL: `postgresql://cityloop@${await nowhere()}/cityloop`,
      SERVICE_TOKEN: TOKEN,
    });
    await until(`http://127.0.0.1:${port}/live`, 200);
    await until(`http://127.0.0.1:${port}/ready`, 503);
    await expect.poll(dispatch.said, { timeout: 10_000 }).toContain('"msg":"waiting: ');
    const called = await fetch(`http://127.0.0.1:${port}/internal/calls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
      body: '["row",["00000000-0000-7000-8000-000000000001"]]\n',
    });
    expect(await called.json()).toMatchObject({ problem: { status: 503, code: 'STARTING' } });
    dispatch.child.kill('SIGTERM');
    expect(await dispatch.ended).toBe(0);
  });

  it('goes when the one who started it is gone', async () => {
    const [port] = await freePorts(1);
    await using monitor = launch('monitor', {
      PORT: String(port),
      DATABASE_URL: `postgresql://cityloop@${await nowhere()}/cityloop`,
      SERVICE_TOKEN: TOKEN,
    });
    await until(`http://127.0.0.1:${port}/live`, 200);
    monitor.child.disconnect();
    expect(await monitor.ended).toBe(0);
  });
});

describe('a gateway whose services are away', () => {
  it('says so with Retry-After, and hangs nobody', async () => {
    await using folder = await makeTempFolder('gateway');
    await using postgres = await startPostgres();
    const [port, other] = await freePorts(2);
    const away = `http://${await nowhere()}`;
    const common = { DATABASE_URL: postgres.url, SERVICE_TOKEN: TOKEN };
    await using gateway = launch('console', {
      ...common,
      ...{ PORT: String(port), CITYLOOP_DATA: folder.path, INTAKE_URL: away, DISPATCH_URL: away },
      ...{ HANDLING_URL: away, VERIFICATION_URL: away, ARCHIVE_URL: away, MONITOR_URL: away },
    });
    const url = `http://127.0.0.1:${port}`;
    await until(`${url}/ready`, 503);
    const post = (path: string, body: object, token = '') =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
    // Nobody has published a policy: it does not even know who people are.
    const early = await post('/auth/demo/token', { person: 'chen-seat' });
    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).toBe('1');

    await using district = launch('district', { ...common, PORT: String(other) });
    await until(`${url}/ready`, 200);
    const signed = await post('/auth/demo/token', { person: 'chen-seat' });
    const { accessToken } = (await signed.json()) as { accessToken: string };
    const report = {
      ...{ channel: 'hotline-12345', description: '路灯未亮' },
      location: { lon: 121.501, lat: 31.302, crs: 'WGS84' },
    };
    const answers = await Promise.all([
      post('/api/v1/incidents', report, accessToken),
      fetch(`${url}/api/v1/incidents`, { headers: { authorization: `Bearer ${accessToken}` } }),
      fetch(`${url}/api/v1/stream`, { headers: { authorization: `Bearer ${accessToken}` } }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
    expect(district.child.exitCode).toBeNull();
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
  });
});
