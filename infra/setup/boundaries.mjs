import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { sourcesOf } from './sources.mjs';

const SCOPE = '@cityloop/';
/** No clock, no network, no disk: what rules are made of. */
const PURE = new Set(['kernel', 'contracts', 'calendar', 'geo', 'incident']);
const MAY_RULES_IMPORT = new Set([...PURE].map((name) => SCOPE + name));
const WITH_EFFECTS =
  /^(node:|pg$|ioredis$|kafkajs$|fastify|@fastify\/|pino|prom-client|jose$|sharp$)/;
/** The one package whose job it is to know each of these; bench measures the others against us. */
const ONLY_IN = {
  kafkajs: 'event-log',
  ioredis: 'timers',
  pg: 'postgres',
  testcontainers: 'servers',
};
const BENCH = 'bench';
/** The one service that is made of the others. */
const COMPOSER = 'standalone';
const TEST = /(\.test\.ts$|\/test\/|vitest\.config)/;
const IMPORT =
  /(?:^|[\n;])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|(?:^|[\n;])\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

function membersOf(root) {
  return ['packages', 'services'].flatMap((group) => {
    if (!existsSync(join(root, group))) return [];
    return readdirSync(join(root, group))
      .filter((name) => existsSync(join(root, group, name, 'package.json')))
      .map((name) => {
        const manifest = readJson(join(root, group, name, 'package.json'));
        return { group, name, folder: `${group}/${name}`, manifest };
      });
  });
}

const runtimeOf = ({ dependencies, optionalDependencies, peerDependencies }) => ({
  ...dependencies,
  ...optionalDependencies,
  ...peerDependencies,
});

function packageOf(specifier) {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** What a source imports, as `{ specifier, erased }`: `erased` when only types are. */
export function importsOf(text) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\n)\s*\/\/[^\n]*/g, '$1');
  return [...code.matchAll(IMPORT)]
    .map((match) => ({
      specifier: match[1] ?? match[2] ?? match[3],
      erased: /^\s*;?\s*(import|export)\s+type\b/.test(match[0]),
    }))
    .filter(({ specifier }) => !specifier.includes('${'));
}

function checkRelative(member, path, specifier) {
  const target = normalize(join(dirname(path), specifier));
  if (target.startsWith(`${member.folder}/`)) return undefined;
  return `leaves its package (${specifier}): import the other package by its name`;
}

function checkWorkspace(world, specifier) {
  const name = packageOf(specifier);
  const target = world.byName.get(name);
  if (target === undefined) return `imports ${name}, which is not in the workspace`;
  const exported = target.manifest.exports;
  const subpath = `.${specifier.slice(name.length)}`;
  const known =
    typeof exported === 'string' ? subpath === '.' : Object.hasOwn(exported ?? {}, subpath);
  return known ? undefined : `reaches into ${name} (${specifier}), which does not export it`;
}

/** Types of other packages of ours are welcome: they leave nothing behind at run time. */
function checkPurity(member, path, { specifier, erased }) {
  const inDomain = path.startsWith(`${member.folder}/src/domain/`);
  if (!inDomain && !(member.group === 'packages' && PURE.has(member.name))) return undefined;
  if (TEST.test(path)) return undefined;
  const name = packageOf(specifier);
  const effects = WITH_EFFECTS.test(specifier);
  const above = name.startsWith(SCOPE) && !MAY_RULES_IMPORT.has(name) && !erased;
  return effects || above ? `is made of rules and may not import ${specifier}` : undefined;
}

function checkDeclared(world, member, path, name) {
  if (name === member.manifest.name) return undefined;
  if (Object.hasOwn(runtimeOf(member.manifest), name)) return undefined;
  const forTests = { ...member.manifest.devDependencies, ...world.manifest.devDependencies };
  if (TEST.test(path) && Object.hasOwn(forTests, name)) return undefined;
  // A subpath of helpers for tests lives beside the code it helps with.
  if (/\/src\/testing(\.ts|\/)/.test(path) && Object.hasOwn(forTests, name)) return undefined;
  if (member.name === 'testing' && Object.hasOwn(forTests, name)) return undefined;
  return `imports ${name}, which its package.json does not declare`;
}

function checkImport(world, member, path, imported) {
  const { specifier } = imported;
  if (specifier.startsWith('.')) return [checkRelative(member, path, specifier)];
  const purity = checkPurity(member, path, imported);
  if (specifier.startsWith('node:')) return [purity];
  const name = packageOf(specifier);
  const home = Object.hasOwn(ONLY_IN, name) ? ONLY_IN[name] : undefined;
  const abroad = home !== undefined && member.name !== home && member.name !== BENCH;
  return [
    purity,
    checkDeclared(world, member, path, name),
    name.startsWith(SCOPE) ? checkWorkspace(world, specifier) : undefined,
    abroad ? `imports ${name}, which only packages/${home} may` : undefined,
  ];
}

/** Scripts for Redis: whoever wants one says what for to the package that knows Redis. */
function checkScripts(root, member) {
  if (member.name === ONLY_IN.ioredis) return [];
  return sourcesOf(root, [member.folder], /\.lua$/).map(
    (path) => `${path}: only packages/${ONLY_IN.ioredis} has scripts for Redis`,
  );
}

function checkServices(world) {
  return world.members.flatMap((member) => {
    if (member.group !== 'services' || member.name === COMPOSER) return [];
    const all = { ...runtimeOf(member.manifest), ...member.manifest.devDependencies };
    return Object.keys(all)
      .filter((name) => world.byName.get(name)?.group === 'services')
      .map(
        (name) => `${member.folder}/package.json: a service may not depend on a service (${name})`,
      );
  });
}

function checkCycles(world) {
  const done = new Set();
  const found = [];
  const visit = (name, trail) => {
    const at = trail.indexOf(name);
    if (at >= 0)
      found.push(`packages depend on each other: ${[...trail.slice(at), name].join(' → ')}`);
    if (at >= 0 || done.has(name)) return;
    const needs = runtimeOf(world.byName.get(name).manifest);
    for (const next of Object.keys(needs)) {
      if (world.byName.has(next)) visit(next, [...trail, name]);
    }
    done.add(name);
  };
  for (const name of world.byName.keys()) visit(name, []);
  return found;
}

/** Every breach of the dependency rules below `root`, one sentence each; empty when all is well. */
export function findBreaches(root) {
  const members = membersOf(root);
  const byName = new Map(members.map((member) => [member.manifest.name, member]));
  const world = { members, byName, manifest: readJson(join(root, 'package.json')) };
  const imports = members.flatMap((member) =>
    sourcesOf(root, [member.folder]).flatMap((path) =>
      importsOf(readFileSync(join(root, path), 'utf8')).flatMap((imported) =>
        checkImport(world, member, path, imported)
          .filter((breach) => breach !== undefined)
          .map((breach) => `${path}: ${breach}`),
      ),
    ),
  );
  const scripts = members.flatMap((member) => checkScripts(root, member));
  return [...new Set([...imports, ...scripts, ...checkServices(world), ...checkCycles(world)])];
}
