import { join } from 'node:path';
import { handOvers, wireType } from '@cityloop/contracts';
import { createPool } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { makeTempFolder } from '@cityloop/servers';
import { Config, startStandalone } from '@cityloop/standalone';
import { createRandom } from '@cityloop/testing/random';
import { expect, it } from 'vitest';
import { Case } from '../src/load/case.ts';
import { createClient } from '../src/load/client.ts';
import { openHistory } from '../src/load/history.ts';
import { ways } from '../src/load/ways.ts';

it('people go all ways to their ends, and by them through every hand-over there is', async () => {
  await using folder = await makeTempFolder('ways');
  await using database = await createTestDatabase();
  const settings = { PORT: '0', CITYLOOP_DATA: folder.path, DATABASE_URL: database.url };
  await using system = await startStandalone(Config.parse(settings));
  await using history = openHistory(join(folder.path, 'history.jsonl'));
  const client = createClient({ urls: [system.url], history, patienceMs: 20_000 });
  const walks = Object.entries(ways).map(async ([name, { way }], n) => {
    const complaint = await way(new Case(client), createRandom(n)).catch((error) => String(error));
    return complaint === undefined ? [] : [`${name}: ${complaint}`];
  });
  expect((await Promise.all(walks)).flat()).toEqual([]);

  await using db = createPool(database.url, { max: 1, name: 'test' });
  const rows = await db.query<{ type: string }>({
    text: `select distinct body::json ->> 'type' as type from log.incident_event`,
  });
  const recorded = new Set(rows.map(({ type }) => type));
  const never = Object.keys(handOvers).filter((type) => !recorded.has(wireType(type)));
  expect(never).toEqual([]);
}, 120_000);
