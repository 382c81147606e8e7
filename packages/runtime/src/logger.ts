import { hostname } from 'node:os';
import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdSerializers,
} from 'pino';

/** The levels an operator may set as `LOG_LEVEL`. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const HIDDEN = '[hidden]';
const DEEPEST = 4;
const HIDDEN_KEYS = [
  'name',
  'reporter',
  'phone',
  'mobile',
  'idNumber',
  'password',
  'accessToken',
  'token',
  'secret',
  'authorization',
  '["proxy-authorization"]',
  'cookie',
  '["set-cookie"]',
];

// Digits between letters are part of an id (a UUID), not a number somebody can call.
const PHONE = /(?<![0-9A-Za-z])(1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])/g;
// Born up to 2019: an incident number with today's date in the same place is not an identity number.
const ID_NUMBER =
  /(?<![0-9A-Za-z])(\d{6})(?:19\d\d|20[01]\d)(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])/g;

/** Phone and identity numbers in free text, masked the way the district's notices ask for. */
export function maskNumbers(text: string): string {
  return text.replace(PHONE, '$1****$2').replace(ID_NUMBER, '$1************');
}

function pathOf(depth: number, key: string): string {
  const stars = Array.from({ length: depth }, () => '*').join('.');
  if (depth === 0) return key;
  return key.startsWith('[') ? `${stars}${key}` : `${stars}.${key}`;
}

function hiddenPaths(): string[] {
  const depths = Array.from({ length: DEEPEST }, (_, depth) => depth);
  return depths.flatMap((depth) => HIDDEN_KEYS.map((key) => pathOf(depth, key)));
}

/** An error without its `name` field, which would be hidden like a person's; `type` says the same. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name: _name, ...rest } = stdSerializers.err(error);
  return rest;
}

/**
 * A logger that writes one JSON line an event to `destination` (stdout), with `name` as `service`. Names, phones, tokens and
 * cookies are hidden by key down to four levels; phone and identity numbers are masked wherever
 * they stand in the line, also inside messages and stack traces.
 */
export function createLogger(options: {
  readonly name: string;
  readonly level: LogLevel;
  readonly destination?: DestinationStream;
}): Logger {
  const settings: LoggerOptions = {
    // Not pino's `name`: that key is hidden, whoever's it is.
    base: { pid: process.pid, hostname: hostname(), service: options.name },
    level: options.level,
    serializers: { err: serializeError },
    redact: { paths: hiddenPaths(), censor: HIDDEN },
    hooks: { streamWrite: maskNumbers },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
