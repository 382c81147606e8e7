import type { FastifyReply } from 'fastify';

/** Sends text that is JSON already, as it is: for answers that were encoded once and kept. */
export function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(json);
}
