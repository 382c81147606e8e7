import { InvalidInput } from '@cityloop/kernel';
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { issueSentence } from './issue-sentence.ts';

const MOST_ISSUES = 20;
const PARSE = { error: issueSentence };
const PLACES: Readonly<Record<string, string>> = { querystring: 'query' };

/** Zod issues as the public contract has them: `path` starts with the part of the request. */
export function invalidRequest(place: string, issues: readonly z.core.$ZodIssue[]): InvalidInput {
  const told = issues.slice(0, MOST_ISSUES).map(({ path, message }) => ({
    path: [place, ...path].map(String).join('.'),
    message,
  }));
  const first = told[0];
  const detail = first === undefined ? '' : `：${first.path} ${first.message}`;
  return new InvalidInput('REQUEST_INVALID', `请求内容不符合要求${detail}`, { issues: told });
}

/** Validates with zod and hands on the parsed value; a failure is `InvalidInput` `REQUEST_INVALID`. */
export const zodValidation: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = httpPart ?? 'request';
  const place = PLACES[part] ?? part;
  return (data: unknown) => {
    const result = schema.safeParse(data, PARSE);
    if (result.success) return { value: result.data };
    return { error: invalidRequest(place, result.error.issues) };
  };
};
