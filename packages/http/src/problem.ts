import {
  CityLoopError,
  Forbidden,
  InvalidInput,
  KeyReused,
  NotFound,
  RuleViolation,
  StaleVersion,
  TooManyRequests,
  Unauthenticated,
  Unavailable,
} from '@cityloop/kernel';
import { z } from 'zod';

/** The body of every refusal (RFC 9457). Clients key on `code`; the words may change. */
export const Problem = z
  .looseObject({
    type: z.string().meta({ description: 'urn:cityloop:problem:<code>' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; what a client may rely on.' }),
    detail: z.string(),
    instance: z.string().optional(),
    traceId: z.string().meta({ description: 'Finds the request in the logs.' }),
    issues: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'With REQUEST_INVALID: what is wrong where.' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** What of an error is told to the caller. */
export type Refusal = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
};

const TITLES: Readonly<Record<number, string>> = {
  400: '请求有误',
  401: '未登录或登录已失效',
  403: '无权操作',
  404: '不存在',
  405: '方法不支持',
  408: '请求超时',
  409: '不符合办理规则',
  412: '版本已过期',
  413: '内容过大',
  415: '内容类型不支持',
  422: '重复的请求键',
  429: '请求过于频繁',
  431: '请求头过大',
  500: '系统内部错误',
  503: '暂时不可用',
};

const STATUS_OF = [
  [InvalidInput, 400],
  [Unauthenticated, 401],
  [Forbidden, 403],
  [NotFound, 404],
  [RuleViolation, 409],
  [StaleVersion, 412],
  [KeyReused, 422],
  [TooManyRequests, 429],
  [Unavailable, 503],
] as const;

const MALFORMED: Readonly<Record<string, readonly [code: string, detail: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'REQUEST_TOO_LARGE',
    '请求内容超过上限，请拆分后再提交 / the body exceeds the limit, send less at once',
  ],
  FST_REQ_FILE_TOO_LARGE: [
    'REQUEST_TOO_LARGE',
    '文件超过上限，请压缩后再上传 / the file exceeds the limit, send a smaller one',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'REQUEST_MEDIA_TYPE',
    '请用 application/json 提交 / send the body as application/json',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [
    'REQUEST_JSON_INVALID',
    '请求体为空，请提交 JSON / the body is empty, send JSON',
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: [
    'REQUEST_JSON_INVALID',
    '请求体不是可接受的 JSON / the body is not acceptable JSON',
  ],
  FST_ERR_BAD_URL: ['REQUEST_URL_INVALID', '网址编码有误 / the URL is not properly encoded'],
};

function statusOf(error: CityLoopError): number {
  for (const [kind, status] of STATUS_OF) if (error instanceof kind) return status;
  return error.retryable ? 503 : 500;
}

function retryAfterOf(error: CityLoopError): number | undefined {
  const { retryAfter } = error.details;
  if (typeof retryAfter === 'number') return Math.max(1, Math.ceil(retryAfter));
  return error instanceof Unavailable ? 1 : undefined;
}

const INTERNAL: Refusal = {
  status: 500,
  code: 'INTERNAL',
  detail: '系统出错，已记录，请稍后再试 / something broke and was recorded, try again later',
  details: {},
};

function fromFramework(error: Error): Refusal {
  const status =
    'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status < 400 || status >= 500) return INTERNAL;
  const key = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = Object.hasOwn(MALFORMED, key) ? MALFORMED[key] : undefined;
  if (known !== undefined) return { status, code: known[0], detail: known[1], details: {} };
  // Only Fastify's own messages are known not to repeat what somebody else said inside.
  const detail = key.startsWith('FST_')
    ? error.message
    : '请求有误 / the request is not acceptable';
  return { status, code: 'REQUEST_REFUSED', detail, details: {} };
}

/**
 * What the caller learns of an error. Anything that was not thrown on purpose becomes `INTERNAL`
 * without its message: that belongs into the log. `details.retryAfter` (seconds) of an error
 * becomes the header.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof CityLoopError) {
    const retryAfter = retryAfterOf(error);
    const { code, message: detail, details } = error;
    const refusal = { status: statusOf(error), code, detail, details };
    return retryAfter === undefined ? refusal : { ...refusal, retryAfter };
  }
  return error instanceof Error ? fromFramework(error) : INTERNAL;
}

/** The error a refusal was made of, for a process that was refused by another one of ours. */
export function errorOf({ status, code, detail, details }: Refusal): Error {
  const kind = STATUS_OF.find(([, known]) => known === status)?.[0];
  return kind === undefined ? new Error(`${code}: ${detail}`) : new kind(code, detail, details);
}

/** The body for a refusal. The standard members win over details of the same name. */
export function problemOf(
  refusal: Refusal,
  request: { readonly traceId: string; readonly instance?: string },
): Problem {
  const { status, code, detail, details } = refusal;
  return {
    ...details,
    type: `urn:cityloop:problem:${code}`,
    title: TITLES[status] ?? '请求未能完成',
    status,
    code,
    detail,
    ...(request.instance === undefined ? {} : { instance: request.instance }),
    traceId: request.traceId,
  };
}
