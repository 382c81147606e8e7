import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { servicePorts } from '../../packages/service/src/lifecycle/settings.ts';
import { composeFile } from '../docker/compose-file.mjs';
import { sourcesOf } from '../setup/sources.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const prometheus = parse(here('prometheus.yml'), { merge: true });
const DASHBOARDS = 'grafana/dashboards/';
const dashboards = readdirSync(new URL(DASHBOARDS, import.meta.url))
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(here(DASHBOARDS + name)));
const panels = dashboards.flatMap((each) => each.panels).filter(({ type }) => type !== 'row');
const rules = parse(here('alerts.yml')).groups.flatMap((group) => group.rules);
const expressions = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr])),
  ...rules.map(({ alert, expr }) => [alert, expr]),
];

const REGISTERED =
  /\.(counter|gauge|histogram)\(\{\s*name: '(\w+)',\s*help: '(?:[^'\\]|\\.)*',?(?:\s*labels: \[([^\]]*)\])?/g;
const OF_HISTOGRAM = ['_bucket', '_sum', '_count'];
/** Prometheus has these of itself, or puts them on what it takes. */
const ALWAYS = ['job', 'instance', 'le'];

/** What the sources register: every series by its name, with the labels it has. */
function registered() {
  const series = new Map();
  for (const path of sourcesOf(root, ['packages', 'services'])) {
    if (path.includes('.test.')) continue;
    const source = readFileSync(join(root, path), 'utf8').replaceAll(/help:\s+'/g, "help: '");
    for (const [, kind, name, list = ''] of source.matchAll(REGISTERED)) {
      const labels = [...list.matchAll(/'([\w-]+)'/g)].map(([, label]) => label);
      const endings = kind === 'histogram' ? OF_HISTOGRAM : [''];
      for (const ending of endings) series.set(`cityloop_${name}${ending}`, labels);
    }
  }
  const register = new Registry();
  collectDefaultMetrics({ register, prefix: 'cityloop_' });
  for (const { name } of register.getMetricsAsArray()) series.set(name, []);
  return series;
}

const known = registered();

describe('what is shown and alarmed of', () => {
  it.each(expressions)('%s is made of series there are', (_, expr) => {
    const named = [...expr.matchAll(/\bcityloop_\w+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(named.length > 0 || expr.includes('up')).toBe(true);
  });

  it.each(expressions)('%s tells apart by labels they have', (_, expr) => {
    const named = [...expr.matchAll(/\bcityloop_\w+/g)].map(([name]) => name);
    const labels = new Set([...ALWAYS, ...named.flatMap((name) => known.get(name) ?? [])]);
    const lists = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list.split(', '));
    const matched = [...expr.matchAll(/[{,](\w+)(?:=|!)~?"/g)].map(([, label]) => label);
    expect([...lists, ...matched].filter((label) => !labels.has(label))).toEqual([]);
  });

  it('finds the names in the sources at all', () => {
    expect(known.get('cityloop_handover_oldest_seconds')).toEqual(['stage']);
    expect(known.has('cityloop_stage_commit_seconds_bucket')).toBe(true);
  });
});

describe('the dashboards', () => {
  it('ask the data source that is provisioned', () => {
    const { datasources } = parse(here('grafana/datasources/prometheus.yml'));
    const uids = panels.flatMap((panel) => [panel, ...panel.targets].map((p) => p.datasource.uid));
    expect(new Set(uids)).toEqual(new Set(datasources.map(({ uid }) => uid)));
  });

  it('have panels that do not cover each other, and ids of their own', () => {
    for (const { panels: all } of dashboards) {
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(Math.max(...all.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    }
  });

  it('are mounted where their provider looks', () => {
    const { volumes } = composeFile(root).services.grafana;
    const { providers } = parse(here('grafana/dashboards/provider.yml'));
    expect(volumes).toContain('./infra/observability/grafana:/etc/grafana/provisioning:ro');
    expect(providers[0].options.path).toBe('/etc/grafana/provisioning/dashboards');
  });
});

it('every service is looked at where it listens', () => {
  const looked = prometheus.scrape_configs.map(({ job_name: job, dns_sd_configs: [dns] }) => [
    job,
    dns.names,
    dns.port,
  ]);
  const there = Object.entries({ gateway: 8080, ...servicePorts });
  expect(looked).toEqual(there.map(([name, port]) => [name, [name], port]));
});
