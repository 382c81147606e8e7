import { cp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, startEmbeddedPostgres } from '../src/index.ts';
import { serve, temporaryFolder } from './serving.ts';

const one = { text: 'select 1 as one' };

async function rowsIn(url: string): Promise<number | undefined> {
  await using db = createPool(url, { max: 1 });
  const rows = await db.query<{ n: number }>({ text: 'select coalesce(max(n), 0) as n from ack' });
  return rows[0]?.n;
}

describe('the embedded server', () => {
  it('is made at the first start and keeps what was committed for the second', async () => {
    await using folder = await temporaryFolder();
    const dataDir = join(folder.path, 'deeper', 'data');
    const first = await startEmbeddedPostgres({ dataDir });
    await using writing = createPool(first.url);
    await writing.execute({ text: 'create table ack as select 42::bigint as n' });
    await writing.close();
    await first.stop();
    await first.stop();
    expect(await first.exited).toBeUndefined();
    await using second = await startEmbeddedPostgres({ dataDir });
    expect(await rowsIn(second.url)).toBe(42);
  });

  it('keeps its promises: fsync, checksums, UTF-8 in code point order, no network', async () => {
    await using folder = await temporaryFolder();
    await using server = await startEmbeddedPostgres({ dataDir: folder.path });
    await using db = createPool(server.url);
    const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums'];
    for (const name of names) {
      const text = `select current_setting('${name}') as is`;
      expect(await db.query({ text })).toEqual([{ is: 'on' }]);
    }
    const rest = `select current_setting('listen_addresses') as listens,
      current_setting('server_encoding') as encoding, 'Z' < 'a' and 'z' < '一' as by_code_point,
      upper('é') as upper`;
    expect(await db.query({ text: rest })).toEqual([
      { listens: '', encoding: 'UTF8', by_code_point: true, upper: 'É' },
    ]);
    expect((await stat(join(folder.path, 'cluster'))).mode & 0o777).toBe(0o700);
    expect(server.version).toMatch(/^18\./);
  });

  it('runs in a folder whose path is too long for a socket', async () => {
    await using folder = await temporaryFolder();
    const dataDir = join(folder.path, 'long-'.repeat(20), 'longer-'.repeat(20));
    await using server = await startEmbeddedPostgres({ dataDir });
    await using db = createPool(server.url);
    expect(await db.query(one)).toEqual([{ one: 1 }]);
  });

  it('tells its owner when it is killed, and starts again with everything', async () => {
    await using folder = await temporaryFolder();
    const first = await startEmbeddedPostgres({ dataDir: folder.path });
    await using db = createPool(first.url);
    await db.execute({ text: 'create table ack as select 7::bigint as n' });
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toMatchObject({ code: 'DATA_DIR_SERVER_KILLED', retryable: true });
    await expect(db.query(one)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    await first.stop();
    await using second = await startEmbeddedPostgres({ dataDir: folder.path });
    expect(await rowsIn(second.url)).toBe(7);
    expect(await db.query(one)).toEqual([{ one: 1 }]);
  });
});

describe('a second start on the same folder', () => {
  it('is refused while another process runs there, and harms nothing', async () => {
    await using folder = await temporaryFolder();
    const serving = await serve(folder.path);
    const second = startEmbeddedPostgres({ dataDir: folder.path });
    await expect(second).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await serving.more(1);
    await serving.kill('SIGKILL');
  });

  it('is refused within one process too', async () => {
    await using folder = await temporaryFolder();
    await using _first = await startEmbeddedPostgres({ dataDir: folder.path });
    const second = startEmbeddedPostgres({ dataDir: folder.path });
    await expect(second).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  });

  it('lets one of several in that come at the same moment', async () => {
    await using folder = await temporaryFolder();
    const several = await Promise.all([serve(folder.path), serve(folder.path), serve(folder.path)]);
    const firsts = several.map(({ first }) => first.split(' ')[0]).sort();
    expect(firsts).toEqual(['DATA_DIR_IN_USE', 'DATA_DIR_IN_USE', 'ready']);
    await Promise.all(several.map((serving) => serving.kill('SIGKILL')));
  });
});

describe('after a kill -9 of the process', () => {
  it('loses nothing acknowledged, time and again, when started at once', async () => {
    await using folder = await temporaryFolder();
    let acknowledged = 0;
    for (let round = 0; round < 4; round += 1) {
      const serving = await serve(folder.path);
      expect(serving.first).toMatch(/^ready/);
      await serving.more(5 + round * 20);
      await serving.kill('SIGKILL');
      acknowledged = serving.acknowledged();
    }
    await using server = await startEmbeddedPostgres({ dataDir: folder.path });
    expect(await rowsIn(server.url)).toBeGreaterThanOrEqual(acknowledged);
  });

  it('starts again when the kill came while the cluster was being made', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'cluster.new-half', 'base'), { recursive: true });
    await writeFile(join(folder.path, 'lock'), '1\nnever\nx\n');
    await using server = await startEmbeddedPostgres({ dataDir: folder.path });
    await using db = createPool(server.url);
    expect(await db.query(one)).toEqual([{ one: 1 }]);
    await expect(stat(join(folder.path, 'cluster.new-half'))).rejects.toThrow('ENOENT');
  });

  it('stops the server that was left behind where nothing told it of the death', async () => {
    await using folder = await temporaryFolder();
    const serving = await serve(folder.path, false);
    await serving.more(10);
    await serving.kill('SIGKILL');
    // Still there: no helper of the system watched over it.
    process.kill(serving.serverPid, 0);
    await using server = await startEmbeddedPostgres({ dataDir: folder.path });
    expect(server.pid).not.toBe(serving.serverPid);
    expect(await rowsIn(server.url)).toBeGreaterThanOrEqual(serving.acknowledged());
  });

  it('is not misled by a pid file whose number belongs to another process now', async () => {
    await using folder = await temporaryFolder();
    const first = await startEmbeddedPostgres({ dataDir: folder.path });
    await first.stop();
    const pidFile = join(folder.path, 'cluster', 'postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n${folder.path}/cluster\n1\n5432\n\n\n\nready\n`);
    await using server = await startEmbeddedPostgres({ dataDir: folder.path });
    expect(server.pid).not.toBe(process.pid);
  });
});

describe('a folder that will not do', () => {
  let whole: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    whole = await temporaryFolder();
    const server = await startEmbeddedPostgres({ dataDir: whole.path });
    await server.stop();
  });

  afterAll(() => whole[Symbol.asyncDispose]());

  const refused = async (dataDir: string): Promise<unknown> =>
    await startEmbeddedPostgres({ dataDir }).then(
      (server) => server.stop(),
      (error: unknown) => error,
    );

  it('is refused when it cannot be written', async () => {
    expect(await refused('/sys/cityloop')).toMatchObject({ code: 'DATA_DIR_READ_ONLY' });
  });

  it('is refused when it is a file, or below one', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, 'x');
    for (const path of [file, join(file, 'below')]) {
      expect(await refused(path)).toMatchObject({ code: 'DATA_DIR_NOT_A_FOLDER' });
    }
  });

  it('is refused when it holds something else', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'letters.txt'), 'x');
    expect(await refused(folder.path)).toMatchObject({ code: 'DATA_DIR_FOREIGN' });
  });

  it.each([
    ['without a version', 'PG_VERSION', undefined, 'DATA_DIR_DAMAGED'],
    ['of another version', 'PG_VERSION', '16\n', 'DATA_DIR_VERSION'],
    ['without a control file', 'global/pg_control', undefined, 'DATA_DIR_DAMAGED'],
    ['with an empty control file', 'global/pg_control', '', 'DATA_DIR_DAMAGED'],
    [
      'with a control file of noise',
      'global/pg_control',
      '\u0001'.repeat(8192),
      'DATA_DIR_DAMAGED',
    ],
    ['without its log', 'pg_wal', undefined, 'DATA_DIR_DAMAGED'],
    ['without its transactions', 'pg_xact', undefined, 'DATA_DIR_DAMAGED'],
    ['without its tables', 'base', undefined, 'DATA_DIR_DAMAGED'],
    ['without its access rules', 'pg_hba.conf', undefined, 'DATA_DIR_DAMAGED'],
  ])('is refused when it holds a cluster %s', async (_what, path, content, code) => {
    await using folder = await temporaryFolder();
    await cp(whole.path, folder.path, { recursive: true });
    const target = join(folder.path, 'cluster', path);
    await rm(target, { recursive: true });
    if (content !== undefined) await writeFile(target, content, { mode: 0o600 });
    const error = await refused(folder.path);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('\n');
  });

  it('is free again after a refusal', async () => {
    await using folder = await temporaryFolder();
    const dataDir = folder.path;
    const wrong = startEmbeddedPostgres({ dataDir, settings: { shared_buffers: 'much' } });
    await expect(wrong).rejects.toMatchObject({ code: 'DATA_DIR_SETTING' });
    await using server = await startEmbeddedPostgres({ dataDir });
    expect(server.pid).toBeGreaterThan(0);
  });
});
