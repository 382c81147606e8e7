import { wireType } from '../cloud-event.ts';
import { custodianAfter, isHandOver, stageOf } from '../custody.ts';
import { type EventType, eventData } from '../events.ts';
import { policyType } from './json-schemas.ts';
import type { JsonObject } from './json-value.ts';

/** The document of JSON Schemas beside this one. */
const SCHEMAS = './events.schema.json';
const KAFKA = '0.5.0';
const DAY_MS = 86_400_000;
const INCIDENTS = 'cityloop.incidents.v1';
const POLICY = 'cityloop.policy.v1';

const reference = (path: string): JsonObject => ({ $ref: path });

const payload = (type: string): JsonObject => ({
  schemaFormat: 'application/schema+json;version=draft-07',
  schema: reference(`${SCHEMAS}#/definitions/${type}`),
});

function eventMessage(type: EventType): JsonObject {
  const does = isHandOver(type)
    ? `Passes custody to ${custodianAfter(type)} and carries the dossier.`
    : `Recorded by ${stageOf(type)}, which holds the incident.`;
  return {
    name: wireType(type),
    title: type,
    summary: type === 'intake.reported' ? 'An incident comes to be.' : does,
    contentType: 'application/cloudevents+json',
    payload: payload(wireType(type)),
    traits: [reference('#/components/messageTraits/incidentEvent')],
  };
}

const policyMessage: JsonObject = {
  name: policyType,
  title: 'policy.section-revised',
  summary: 'One section of the district’s policy, as published. Plain JSON, no CloudEvent.',
  contentType: 'application/json',
  payload: payload(policyType),
  bindings: {
    kafka: {
      key: { type: 'string', description: 'The section.' },
      bindingVersion: KAFKA,
    },
  },
};

const incidentEvent: JsonObject = {
  headers: {
    type: 'object',
    properties: { 'content-type': { type: 'string', const: 'application/cloudevents+json' } },
    required: ['content-type'],
  },
  correlationId: { description: 'The incident.', location: '$message.payload#/subject' },
  bindings: {
    kafka: {
      key: { type: 'string', format: 'uuid', description: 'The incident, as `subject`.' },
      bindingVersion: KAFKA,
    },
  },
};

type Topic = {
  readonly address: string;
  readonly description: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly types: readonly string[];
};

function channel({ address, description, partitions, retentionMs, types }: Topic): JsonObject {
  const topicConfiguration = { 'cleanup.policy': ['delete'], 'retention.ms': retentionMs };
  return {
    address,
    description,
    messages: Object.fromEntries(
      types.map((type) => [type, reference(`#/components/messages/${type}`)]),
    ),
    bindings: {
      kafka: { topic: address, partitions, topicConfiguration, bindingVersion: KAFKA },
    },
  };
}

const channelsOf = (events: readonly string[]): JsonObject => ({
  incidents: channel({
    address: INCIDENTS,
    description:
      'All that happens to incidents. At least once; in order within an incident. Kept for 30 days, never compacted.',
    partitions: 12,
    retentionMs: 30 * DAY_MS,
    types: events,
  }),
  policy: channel({
    address: POLICY,
    description: 'Revisions 1, 2, 3 … of the district’s policy, kept for ever.',
    partitions: 1,
    retentionMs: -1,
    types: [policyType],
  }),
});

/**
 * The topics of CityLoop as an AsyncAPI 3.0 document; payloads are references to the JSON Schemas
 * beside it. 3.0 and not 3.1 for what tools can read today.
 */
export function asyncApi(): JsonObject {
  // The keys are the types.
  const types = (Object.keys(eventData) as EventType[]).toSorted();
  const events = types.map((type) => [wireType(type), eventMessage(type)] as const);
  const send = (name: string, summary: string): JsonObject => ({
    action: 'send',
    channel: reference(`#/channels/${name}`),
    summary,
  });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'CityLoop',
      version: '1',
      description:
        'The closed loop that runs a city district. Readers ignore members and types they do not know; a breaking change is a new type name. See docs/consumers.md.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'Plain, TLS and SASL as the operator has set it up.',
        variables: { brokers: { default: '127.0.0.1:9092', description: 'host:port' } },
      },
    },
    channels: channelsOf(events.map(([type]) => type)),
    operations: {
      publishIncidents: send('incidents', 'Each event, after the commit that recorded it.'),
      publishPolicy: send('policy', 'Each section of the policy as it is revised.'),
    },
    components: {
      messages: { ...Object.fromEntries(events), [policyType]: policyMessage },
      messageTraits: { incidentEvent },
    },
  };
}
