import {
  componentName,
  type JsonSchema,
  type OpenApiDocument,
  resolve,
} from './openapi-document.ts';

const DEEPEST = 8;

function limitsOf({ maxLength, minimum, maximum, format }: JsonSchema): string {
  const limits: string[] = [];
  if (format !== undefined) limits.push(format);
  if (maxLength !== undefined) limits.push(`≤ ${maxLength} 字`);
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) limits.push(`≥ ${minimum}`);
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) limits.push(`≤ ${maximum}`);
  return limits.length === 0 ? '' : ` (${limits.join(', ')})`;
}

function objectText(schema: JsonSchema, indent: string, depth: number): string {
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const mark = schema.required.includes(name) ? '' : '?';
    const note = property.description === undefined ? '' : `  // ${property.description}`;
    return `${inner}${name}${mark}: ${textOf(property, inner, depth + 1)}${note}`;
  });
  const rest = schema.additionalProperties;
  if (typeof rest === 'object' && lines.length === 0) {
    lines.push(`${inner}[key]: ${textOf(rest, inner, depth + 1)}`);
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

function textOf(schema: JsonSchema, indent: string, depth: number): string {
  if (depth > DEEPEST) return '…';
  if (schema.$ref !== undefined) return componentName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map((one) => textOf(one, indent, depth)).join(' | ');
  if (schema.allOf !== undefined) {
    return schema.allOf.map((one) => textOf(one, indent, depth)).join(' & ');
  }
  if (schema.items !== undefined) return `[${textOf(schema.items, indent, depth)}]`;
  if (schema.properties !== undefined || schema.type === 'object') {
    return objectText(schema, indent, depth);
  }
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'any');
  return `${type}${limitsOf(schema)}`;
}

/** A schema the way a person would write it down; components by their names. */
export const schemaText = (schema: JsonSchema): string => textOf(schema, '', 0);

function exampleText(schema: JsonSchema): string {
  switch (schema.format) {
    case 'date-time':
      return '2026-01-31T08:30:00+08:00';
    case 'date':
      return '2026-01-31';
    case 'uuid':
      return '019a0000-0000-7000-8000-000000000000';
    case 'uri':
      return 'https://example.org';
    default:
      return '…';
  }
}

function exampleObject(schema: JsonSchema, document: OpenApiDocument, depth: number): unknown {
  const properties = schema.properties ?? {};
  return Object.fromEntries(
    schema.required.flatMap((name) => {
      const property = properties[name];
      return property === undefined ? [] : [[name, exampleAt(property, document, depth + 1)]];
    }),
  );
}

function exampleAt(given: JsonSchema, document: OpenApiDocument, depth: number): unknown {
  const schema = resolve(given, document);
  if (depth > DEEPEST) return null;
  const told = [schema.examples?.[0], schema.default, schema.const, schema.enum?.[0]];
  const found = told.find((value) => value !== undefined);
  if (found !== undefined) return found;
  const choice = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0];
  if (choice !== undefined) return exampleAt(choice, document, depth + 1);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return exampleObject(schema, document, depth);
    case 'array':
      return schema.items === undefined ? [] : [exampleAt(schema.items, document, depth + 1)];
    case 'integer':
    case 'number':
      return schema.minimum !== undefined && schema.minimum > 0 ? schema.minimum : 0;
    case 'boolean':
      return true;
    case 'string':
      return exampleText(schema);
    default:
      return null;
  }
}

/** A value with just the required parts, to show what a body looks like. */
export const schemaExample = (schema: JsonSchema, document: OpenApiDocument): unknown =>
  exampleAt(schema, document, 0);
