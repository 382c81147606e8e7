import { z } from 'zod';

/** What of JSON Schema (2020-12) our own zod schemas turn into. */
export const JsonSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).default([]),
  get properties() {
    return z.record(z.string(), JsonSchema).optional();
  },
  get items() {
    return JsonSchema.optional();
  },
  get anyOf() {
    return z.array(JsonSchema).optional();
  },
  get oneOf() {
    return z.array(JsonSchema).optional();
  },
  get allOf() {
    return z.array(JsonSchema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), JsonSchema]).optional();
  },
});
export type JsonSchema = z.infer<typeof JsonSchema>;

const Content = z.record(z.string(), z.looseObject({ schema: JsonSchema.optional() }));

/** One method of one path. */
export const Operation = z.looseObject({
  summary: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).default([]),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().optional(),
        schema: JsonSchema.optional(),
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content: Content }).optional(),
  responses: z
    .record(z.string(), z.looseObject({ description: z.string(), content: Content.optional() }))
    .default({}),
  'x-permission': z.string().optional(),
});
export type Operation = z.infer<typeof Operation>;

/** The part of our OpenAPI document that the readable page shows. */
export const OpenApiDocument = z.looseObject({
  info: z.looseObject({
    title: z.string(),
    version: z.string(),
    description: z.string().optional(),
  }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), JsonSchema).default({}) }),
});
export type OpenApiDocument = z.infer<typeof OpenApiDocument>;

const COMPONENT = '#/components/schemas/';

/** The component a `$ref` names. */
export const componentName = (ref: string): string => ref.replace(COMPONENT, '');

/** The schema itself where `schema` only refers to a component. */
export function resolve(schema: JsonSchema, document: OpenApiDocument): JsonSchema {
  if (schema.$ref === undefined) return schema;
  return document.components.schemas[componentName(schema.$ref)] ?? schema;
}

function collectRefs(value: unknown, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref' && typeof inner === 'string') into.add(componentName(inner));
    else collectRefs(inner, into);
  }
}

/** Names of the components that the paths use, directly or through others. */
export function usedComponents(
  paths: unknown,
  schemas: Readonly<Record<string, unknown>>,
): ReadonlySet<string> {
  const used = new Set<string>();
  collectRefs(paths, used);
  // A set hands out what is added while it is walked, so this follows refs to the end.
  for (const name of used) collectRefs(schemas[name], used);
  return used;
}
