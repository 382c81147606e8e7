import type { Socket } from 'node:net';
import { InvalidInput } from '@cityloop/kernel';
import { problemOf, type Refusal, refusalOf } from './problem.ts';
import { CONTENT_SECURITY_POLICY } from './security-headers.ts';
import { newTraceId } from './trace.ts';

const REASONS: Readonly<Record<string, readonly [status: number, line: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/**
 * Answers what is not HTTP at all: there is no request yet, so the answer goes to the socket.
 * A peer that is gone gets none.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, line] = REASONS[error.code ?? ''] ?? [400, 'Bad Request'];
  const malformed = new InvalidInput('REQUEST_MALFORMED', '不是有效的 HTTP 请求 / not valid HTTP');
  const refusal: Refusal = { ...refusalOf(malformed), status };
  const body = JSON.stringify(problemOf(refusal, { traceId: newTraceId() }));
  socket.end(
    [
      `HTTP/1.1 ${status} ${line}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-security-policy: ${CONTENT_SECURITY_POLICY}`,
      'x-content-type-options: nosniff',
      'connection: close',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
