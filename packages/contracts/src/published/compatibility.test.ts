import { describe, expect, it } from 'vitest';
import { findChanges, type JsonObject, publishedSchemas, sayFinding } from './index.ts';

const TYPE = 'cn.cityloop.handling.tested.v1';
const text = { type: 'string' };
const person = {
  type: 'object',
  properties: { id: text, role: { type: 'string', enum: ['clerk', 'verifier'] }, note: text },
  required: ['id', 'role'],
};

/** What a type with these members is published as. */
const published = (data: JsonObject, Person: JsonObject = person): JsonObject => ({
  definitions: {
    Person,
    [TYPE]: { type: 'object', properties: { data }, required: ['data'] },
  },
});
const members = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});

/** What is found when a member `at` changes from one schema to another, as `kind path`. */
function changing(from: JsonObject, to: JsonObject): string[] {
  return between(members({ at: from }), members({ at: to }));
}
function between(from: JsonObject, to: JsonObject): string[] {
  return findChanges(published(from), published(to)).map(({ kind, path }) => `${kind} ${path}`);
}

describe('a change that readers do not notice', () => {
  it('is a new type', () => {
    const before = published(members({ at: text }));
    const { definitions } = before;
    const more = { ...(definitions as JsonObject), 'cn.cityloop.handling.tested.v2': members({}) };
    expect(findChanges(before, { definitions: more })).toEqual([]);
  });

  it('is a new member that need not be there', () => {
    expect(between(members({ at: text }), members({ at: text, unit: text }))).toEqual([]);
  });

  it('is another description, another order, another name of a part', () => {
    expect(changing(text, { ...text, description: 'when' })).toEqual([]);
    expect(between(members({ a: text, b: text }), members({ b: text, a: text }))).toEqual([]);
    expect(changing({ $ref: '#/definitions/Person' }, person)).toEqual([]);
    expect(changing(text, { description: 'when', allOf: [text] })).toEqual([]);
  });

  it('is none at all, and so it is for all we publish', () => {
    expect(findChanges(publishedSchemas(), publishedSchemas())).toEqual([]);
  });
});

describe('a change that breaks readers', () => {
  it.each<[what: string, from: JsonObject, to: JsonObject, path: string]>([
    ['a member that is gone', members({ at: text, by: text }), members({ at: text }), 'data.by'],
    [
      'a new member that has to be there',
      members({}),
      members({ at: text }, { required: ['at'] }),
      'data.at',
    ],
    [
      'a member that has to be there now',
      members({ at: text }),
      members({ at: text }, { required: ['at'] }),
      'data.at',
    ],
    [
      'a member that may be missing now',
      members({ at: text }, { required: ['at'] }),
      members({ at: text }),
      'data.at',
    ],
    [
      'a member of an object that was closed',
      members({}, { additionalProperties: false }),
      members({ at: text }, { additionalProperties: false }),
      'data.at',
    ],
    ['an object that is closed', members({}), members({}, { additionalProperties: false }), 'data'],
    [
      'a record that is closed',
      members({}, { additionalProperties: text }),
      members({}, { additionalProperties: false }),
      'data',
    ],
  ])('is %s', (_what, from, to, path) => {
    expect(between(from, to)).toEqual([`breaking ${path}`]);
  });

  it.each<[what: string, from: JsonObject, to: JsonObject, path: string]>([
    ['another type', text, { type: 'number' }, 'data.at'],
    ['a whole number that is any number now', { type: 'integer' }, { type: 'number' }, 'data.at'],
    ['a type where there was none', {}, text, 'data.at'],
    ['a type that is none any more', text, {}, 'data.at'],
    ['a value of an enumeration that is gone', { enum: ['a', 'b'] }, { enum: ['a'] }, 'data.at'],
    ['another constant', { const: 'a' }, { const: 'b' }, 'data.at'],
    ['an enumeration where any value was good', text, { type: 'string', enum: ['a'] }, 'data.at'],
    ['a shorter text', text, { type: 'string', maxLength: 5 }, 'data.at'],
    [
      'a higher minimum',
      { type: 'integer', minimum: 1 },
      { type: 'integer', minimum: 2 },
      'data.at',
    ],
    [
      'a lower maximum',
      { type: 'integer', maximum: 9 },
      { type: 'integer', maximum: 8 },
      'data.at',
    ],
    ['another pattern', { pattern: 'a' }, { pattern: 'b' }, 'data.at'],
    ['a format where there was none', text, { type: 'string', format: 'uuid' }, 'data.at'],
    [
      'another type of an item',
      { type: 'array', items: text },
      { type: 'array', items: { type: 'number' } },
      'data.at[]',
    ],
    [
      'another type under any name',
      { additionalProperties: text },
      { additionalProperties: { type: 'number' } },
      'data.at{}',
    ],
    [
      'fewer names',
      { propertyNames: { enum: ['a', 'b'] } },
      { propertyNames: { enum: ['a'] } },
      'data.at{name}',
    ],
    ['names where there were none', {}, { propertyNames: { enum: ['a'] } }, 'data.at'],
    ['an alternative that is gone', { anyOf: [text, { type: 'null' }] }, text, 'data.at'],
    [
      'an alternative that is narrower',
      { anyOf: [text, { enum: [1, 2] }] },
      { anyOf: [text, { enum: [1] }] },
      'data.at',
    ],
    ['alternatives with a condition beside them', text, { minLength: 3, anyOf: [text] }, 'data.at'],
    ['another way to put it together', { allOf: [text, person] }, { allOf: [text] }, 'data.at'],
    ['what nothing is known about', { not: text }, { not: person }, 'data.at'],
  ])('is %s', (_what, from, to, path) => {
    const found = changing(from, to);
    expect(found).toContain(`breaking ${path}`);
  });

  it('is found in a part, wherever the part is used', () => {
    const used = members({
      by: { $ref: '#/definitions/Person' },
      crew: { type: 'array', items: { $ref: '#/definitions/Person' } },
    });
    const { note: _, ...rest } = person.properties;
    const found = findChanges(published(used), published(used, { ...person, properties: rest }));
    expect(found.map(({ path }) => path)).toEqual(['data.by.note', 'data.crew[].note']);
  });

  it('is a type that is gone, of which records are left', () => {
    const found = findChanges(published(members({})), { definitions: {} });
    expect(found).toMatchObject([{ kind: 'breaking', type: TYPE }]);
  });

  it('is told with the type, the place and the way out', () => {
    const [found] = findChanges(published(members({ at: text })), published(members({})));
    expect(found && sayFinding(found)).toBe(
      `${TYPE}: data.at: the member is gone or renamed. This breaks readers: publish it as a new type, cn.cityloop.handling.tested.v2`,
    );
  });
});

describe('a change that readers have to know of first', () => {
  it.each<[what: string, from: JsonObject, to: JsonObject]>([
    ['a new value of an enumeration', { enum: ['a'] }, { enum: ['a', 'b'] }],
    ['any value instead of some', { type: 'string', enum: ['a'] }, text],
    ['a longer text', { type: 'string', maxLength: 5 }, text],
    ['a lower minimum', { type: 'integer', minimum: 1 }, { type: 'integer', minimum: 0 }],
    ['no pattern any more', { type: 'string', pattern: 'a' }, text],
    ['one more alternative', text, { anyOf: [text, { type: 'null' }] }],
    ['members nobody has named', { additionalProperties: false }, {}],
    ['any names', { propertyNames: { enum: ['a'] } }, {}],
  ])('is %s', (_what, from, to) => {
    expect(changing(from, to)).toEqual(['widening data.at']);
  });
});

describe('what we publish', () => {
  const schemas = publishedSchemas();
  const definitions = schemas['definitions'] as JsonObject;
  const changed = (name: string, change: (schema: JsonObject) => JsonObject): JsonObject => ({
    ...schemas,
    definitions: { ...definitions, [name]: change(definitions[name] as JsonObject) },
  });
  const without = (name: string) => (schema: JsonObject) => {
    const { [name]: _, ...properties } = schema['properties'] as JsonObject;
    return { ...schema, properties };
  };

  it('notices a member of the dossier that goes, in every hand-over', () => {
    const found = findChanges(schemas, changed('Incident', without('urgency')));
    expect(found.filter(({ path }) => path === 'data.dossier.urgency')).toHaveLength(18);
    expect(found).toContainEqual(expect.objectContaining({ path: 'data.incident.urgency' }));
  });

  it('notices a member of the envelope that goes, in every event', () => {
    const types = Object.keys(definitions).filter((name) => name.endsWith('.v1'));
    const found = findChanges(schemas, changed('Envelope', without('recordedat')));
    expect(new Set(found.map(({ type }) => type)).size).toBe(types.length - 1);
  });

  it('notices a new status, which readers have to know first', () => {
    const more = (schema: JsonObject) => ({
      ...schema,
      enum: [...(schema['enum'] as readonly string[]), 'forgotten'],
    });
    const found = findChanges(schemas, changed('Status', more));
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['widening']));
  });
});
