type Text = string | Uint8Array;

/** Headers of a record as Kafka clients give them: bytes or text, several of one name as a list. */
export type RecordHeaders = Readonly<Record<string, Text | readonly Text[] | undefined>>;

const PREFIX = 'ce_';
/** Attributes in the order our own events have them, so that a look at the first bytes works here too. */
const ours = ['type', 'custodian', 'specversion', 'id', 'source', 'subject'];
const utf8 = new TextDecoder();

const asText = (value: Text): string => (typeof value === 'string' ? value : utf8.decode(value));

function isList(value: Text | readonly Text[]): value is readonly Text[] {
  return Array.isArray(value);
}

/** The text of a header; of several of one name the last counts. */
function textOf(header: Text | readonly Text[] | undefined): string | undefined {
  const value = header !== undefined && isList(header) ? header.at(-1) : header;
  return value === undefined ? undefined : asText(value);
}

function attributesOf(headers: RecordHeaders): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const text = name.startsWith(PREFIX) ? textOf(value) : undefined;
    if (text !== undefined) found.set(name.slice(PREFIX.length), text);
  }
  return found;
}

const isJson = (contentType: string): boolean => /^[^;]*[/+]json\s*(;|$)/i.test(contentType);

/**
 * A record in the binary mode of the CloudEvents binding for Kafka (an attribute a header, `ce_…`, the
 * data alone as the value) as the text of the same event in structured mode, for `decodeEvent`.
 * Undefined when the headers are not those of binary mode. Data that claims to be JSON and is not is
 * answered as it is: whoever decodes it finds it is no JSON. Never throws.
 */
export function fromBinary(headers: RecordHeaders, value: Text | null): string | undefined {
  const contentType = textOf(headers['content-type']) ?? 'application/json';
  const attributes = attributesOf(headers);
  if (!attributes.has('specversion') || contentType.startsWith('application/cloudevents')) {
    return undefined;
  }
  const event = new Map<string, unknown>();
  for (const name of ours) if (attributes.has(name)) event.set(name, attributes.get(name));
  for (const [name, text] of attributes) event.set(name, text);
  // Whoever traces by the header of W3C may have written it there alone.
  const trace = attributes.get('traceparent') ?? textOf(headers['traceparent']);
  if (trace !== undefined) event.set('traceparent', trace);
  event.set('datacontenttype', contentType);
  if (value === null) return JSON.stringify(Object.fromEntries(event));
  const text = asText(value);
  try {
    event.set('data', isJson(contentType) ? JSON.parse(text) : text);
  } catch {
    return text;
  }
  return JSON.stringify(Object.fromEntries(event));
}
