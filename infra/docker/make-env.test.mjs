import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settingsIn } from './compose-file.mjs';

const SCRIPT = fileURLToPath(new URL('./make-env.sh', import.meta.url));
let root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cityloop-env-'));
  mkdirSync(join(root, 'infra/docker'), { recursive: true });
  cpSync(SCRIPT, join(root, 'infra/docker/make-env.sh'));
});

afterEach(() => rmSync(root, { recursive: true }));

function draw() {
  execFileSync('sh', [join(root, 'infra/docker/make-env.sh')]);
  return settingsIn(readFileSync(join(root, '.env'), 'utf8'));
}

it('draws different secrets, for the eyes of their owner', () => {
  const drawn = Object.values(draw());
  expect(drawn).toHaveLength(6);
  expect(new Set(drawn).size).toBe(6);
  for (const secret of drawn) expect(secret).toMatch(/^[A-Za-z0-9]{43}$/);
  expect(statSync(join(root, '.env')).mode & 0o077).toBe(0);
});

it('keeps what is there', () => {
  const first = draw();
  expect(draw()).toEqual(first);
});
