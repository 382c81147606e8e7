import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import {
  asyncApi,
  findChanges,
  type JsonObject,
  printJson,
  publishedSchemas,
  publishedTypes,
  sayFinding,
} from './index.ts';

const docs = new URL('../../../../docs/contracts/', import.meta.url);
const recordings = new URL('../../recordings/', import.meta.url);
const committed = (name: string): string => readFileSync(new URL(name, docs), 'utf8');

type Told = Readonly<Record<string, unknown>>;
/** What was recorded since there are published schemas. */
function recorded(): Told[] {
  const read = (name: string) => readFileSync(new URL(name, recordings), 'utf8').trimEnd();
  const entries = JSON.parse(read('index.json')) as { file: string; schemas?: string }[];
  return entries
    .filter(({ schemas }) => schemas !== undefined)
    .flatMap(({ file }) => read(file).split('\n'))
    .map((line) => JSON.parse(line) as Told);
}

/** A judge of our schemas that is none of ours. */
function judge(): (event: Told) => string[] {
  const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false });
  // Its types say a namespace where there is a function.
  (addFormats as unknown as (on: Ajv) => void)(ajv);
  ajv.addSchema(publishedSchemas(), 'events.schema.json');
  const known = new Map<string, ValidateFunction | undefined>();
  return (event) => {
    const type = String(event['type']);
    if (!known.has(type)) known.set(type, ajv.getSchema(`events.schema.json#/definitions/${type}`));
    const validate = known.get(type);
    if (validate === undefined) return [`no schema for ${type}`];
    validate(event);
    return (validate.errors ?? []).map((e) => `${type} ${e.instancePath} ${e.message}`);
  };
}

describe('what is published', () => {
  it('breaks no reader of what was published before', () => {
    const before = JSON.parse(committed('events.schema.json')) as JsonObject;
    const findings = findChanges(before, publishedSchemas()).map(sayFinding);
    expect(findings.slice(0, 10)).toEqual([]);
  });

  it('is what the code says; if not: npm run contracts', () => {
    expect(committed('events.schema.json')).toBe(`${printJson(publishedSchemas())}\n`);
    expect(committed('asyncapi.json')).toBe(`${printJson(asyncApi())}\n`);
  });
});

describe('the AsyncAPI document', () => {
  const source = new URL('asyncapi.json', docs).pathname;

  it('is valid, and names every type in its topic', async () => {
    const { document, diagnostics } = await new Parser().parse(committed('asyncapi.json'), {
      source,
    });
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    const channels = document?.channels().all() ?? [];
    expect(channels.map((one) => one.address())).toEqual([
      'cityloop.incidents.v1',
      'cityloop.policy.v1',
    ]);
    const names = channels.flatMap((one) => one.messages().all()).map((message) => message.name());
    expect(names.toSorted()).toEqual(publishedTypes(publishedSchemas()).toSorted());
  }, 60_000);

  it('would not be with a reference to nothing', async () => {
    const broken = committed('asyncapi.json').replace('events.schema.json', 'no.schema.json');
    const { diagnostics } = await new Parser().parse(broken, { source });
    expect(diagnostics.filter(({ severity }) => severity === 0)).not.toEqual([]);
  }, 60_000);
});

describe('the JSON Schemas', () => {
  it('fit every event recorded since they were published', () => {
    const faults = judge();
    const events = recorded();
    expect(events.length).toBeGreaterThan(50);
    expect(events.flatMap(faults)).toEqual([]);
  });

  it('do not fit an event of another shape, of another’s custody, of no type of ours', () => {
    const faults = judge();
    const [event = {}] = recorded();
    const { data } = event as { data: Told };
    const { by: _, ...nobody } = data;
    expect(faults({ ...event, data: nobody })).toEqual([
      expect.stringContaining("must have required property 'by'"),
    ]);
    expect(faults({ ...event, custodian: 'nobody' })).not.toEqual([]);
    expect(faults({ ...event, sequence: 1 })).not.toEqual([]);
    expect(faults({ ...event, type: 'cn.cityloop.handling.dreamt.v1' })).not.toEqual([]);
  });
});

describe('the layout of what is published', () => {
  it('reads as what it was', () => {
    const value = publishedSchemas();
    expect(JSON.parse(printJson(value))).toEqual(value);
    expect(printJson([])).toBe('[]');
  });
});
