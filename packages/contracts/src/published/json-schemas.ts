import { z } from 'zod';
import { wireType } from '../cloud-event.ts';
import { custodianAfter, stageOf } from '../custody.ts';
import { type EventType, eventData } from '../events.ts';
import { PolicyRevision } from '../policy.ts';
import { IncidentId, Instant } from '../text.ts';
import { isJsonObject, type Json, type JsonObject } from './json-value.ts';
import { dataNames, parts } from './names.ts';

/** The name under which the policy topic's one type is published. */
export const policyType = PolicyRevision.shape.type.value;

/** The members of every event of an incident, in the order they are written; see `cloud-event.ts`. */
export const Envelope = z
  .looseObject({
    type: z.string(),
    custodian: z.string().meta({ description: 'The service that holds the incident after it.' }),
    specversion: z.literal('1.0'),
    id: z.uuid().meta({ description: 'Of the event; the same whenever it is delivered again.' }),
    source: z.string().meta({ description: 'The service that recorded it.' }),
    subject: IncidentId.meta({ description: 'The incident; also the key of the record.' }),
    sequence: z
      .string()
      .regex(/^[1-9]\d{0,8}$/)
      .meta({
        description: 'A whole number as text: 1, 2, 3 … within the incident, without gaps.',
      }),
    time: Instant.meta({ description: 'When it happened, as told; shown, never counted.' }),
    recordedat: Instant.meta({ description: 'When it was recorded; what clocks run on.' }),
    traceparent: z.string().optional().meta({ description: 'W3C Trace Context.' }),
    datacontenttype: z.literal('application/json'),
    data: z.unknown(),
  })
  .meta({ description: 'A CloudEvent 1.0 in structured mode.' });

const REFERENCE = '#/definitions/';
export const referTo = (name: string): JsonObject => ({ $ref: `${REFERENCE}${name}` });

const instants: readonly (readonly [name: string, description: string, schema: z.ZodType])[] = [
  ['Instant', 'ISO 8601 with an offset.', Instant],
  ['UtcInstant', 'ISO 8601, UTC, with milliseconds.', z.iso.datetime({ precision: 3 })],
];

/** Their patterns are long, and stand a hundred times in what zod says: each gets a name. */
const instantNames: ReadonlyMap<Json | undefined, string> = new Map(
  instants.map(([name, , schema]) => [toJson(schema)['pattern'], name]),
);

function toJson(schema: z.ZodType): JsonObject {
  // JSON by its making; zod's own type is a little wider.
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }) as JsonObject;
}

/** Names instants, and leaves out what says nothing: where it came from, and that anything goes. */
function tidy(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((item: Json) => tidy(item));
  if (!isJsonObject(schema)) return schema;
  const { pattern, description, format } = schema;
  const instant = format === 'date-time' ? instantNames.get(pattern) : undefined;
  if (instant !== undefined) {
    const reference = referTo(instant);
    return description === undefined ? reference : { description, allOf: [reference] };
  }
  const told = Object.entries(schema).filter(
    ([name, value]) =>
      !(name === '$id' || name === '$schema' || name === 'readOnly') &&
      !(name === 'additionalProperties' && isJsonObject(value) && Object.keys(value).length === 0),
  );
  const [[only, parts] = []] = told;
  if (told.length === 1 && only === 'allOf' && Array.isArray(parts) && parts.length === 1) {
    return tidy(parts[0] as Json);
  }
  return Object.fromEntries(told.map(([name, value]) => [name, tidy(value)]));
}

/** Every named part and the data of every type, by name; references are to one another. */
function namedSchemas(dataOf: ReadonlyMap<EventType, string>): Map<string, Json> {
  const registry = z.registry<{ id?: string }>();
  registry.add(Envelope, { id: 'Envelope' });
  for (const [name, schema] of Object.entries(parts)) registry.add(schema, { id: name });
  for (const [type, name] of dataOf) {
    if (!registry.has(eventData[type])) registry.add(eventData[type], { id: name });
  }
  const uri = (name: string): string => `${REFERENCE}${name}`;
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-7', io: 'input', uri });
  // JSON by its making, as above.
  return new Map(Object.entries(schemas).map(([name, schema]) => [name, tidy(schema as Json)]));
}

function eventSchema(type: EventType, data: string): JsonObject {
  const custodian = { const: custodianAfter(type) };
  const source = { const: `/cityloop/${stageOf(type)}` };
  const properties = { type: { const: wireType(type) }, custodian, source, data: referTo(data) };
  return { allOf: [referTo('Envelope'), { type: 'object', properties }] };
}

/**
 * JSON Schemas (draft-07) of all that is published, in one document: under `definitions`, each event of
 * an incident and each revision of the policy by the type it has on the wire, and the parts they are
 * made of. They say what a reader may rely on; members they do not name may come at any time.
 */
export function publishedSchemas(): JsonObject {
  const dataOf = dataNames();
  const definitions = namedSchemas(dataOf);
  for (const [name, description, schema] of instants) {
    const { type = 'string', format = '', pattern = '' } = toJson(schema);
    definitions.set(name, { description, type, format, pattern });
  }
  definitions.set(policyType, tidy(toJson(PolicyRevision)));
  for (const [type, data] of dataOf) definitions.set(wireType(type), eventSchema(type, data));
  const sorted = [...definitions].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'CityLoop: the events of incidents and the revisions of the policy',
    definitions: Object.fromEntries(sorted),
  };
}

/** The names in `definitions` that are types on the wire; all others are parts. */
export function publishedTypes(schemas: JsonObject): string[] {
  const { definitions = {} } = schemas;
  return Object.keys(definitions as JsonObject).filter((name) =>
    /^cn\.cityloop\..*\.v\d+$/.test(name),
  );
}
