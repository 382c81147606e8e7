import { IncidentId, type Subject } from '@cityloop/contracts';
import { perPerson, type Routes, subjectOf } from '@cityloop/http';
import { InvalidInput, NotFound } from '@cityloop/kernel';
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Attachments, AttachmentView } from '../attachments/attachments.ts';
import { UPLOAD_MOST } from '../attachments/picture.ts';
import { mayUse } from '../entry.ts';
import type { Loop } from '../loop.ts';
import { scopedIncident } from '../visibility.ts';

const RAW = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/heif'];
/** Room for the boundary lines and part headers around the file. */
const ENVELOPE = 16 * 1024;
/** Photos a minute by one person: a crew's whole round at once, but no flood. */
const UPLOADS = 60;
const tags = ['附件 attachments'];

/** `POST /attachments` and `GET /attachments/{id}`: photos as evidence. */
export function attachmentRoutes(loop: Loop, attachments: Attachments): Routes {
  return async (app) => {
    await app.register(multipart, {
      limits: { fileSize: UPLOAD_MOST, files: 1, parts: 4, fields: 3, fieldSize: 1_000 },
    });
    app.addContentTypeParser(RAW, { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    app.post(
      '/attachments',
      {
        config: { permission: 'attach', rateLimit: perPerson(UPLOADS) },
        bodyLimit: UPLOAD_MOST + ENVELOPE,
        schema: {
          tags,
          summary: '上传照片 / upload a photo (multipart, or the image itself)',
          description:
            'JPEG、PNG、WebP，不超过 10 MB。拍摄时间与位置记为事实，图片去除其他信息后重新编码；再以 id 作为证据提交。',
          consumes: ['multipart/form-data', ...RAW],
          response: { 201: AttachmentView },
        },
      },
      async (request, reply) => {
        const file = await fileOf(request);
        const view = await attachments.take(file, subjectOf(request).id);
        return reply.code(201).header('location', `/api/v1/attachments/${view.id}`).send(view);
      },
    );
    app.get(
      '/attachments/:id',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '查看照片 / a photo of an incident you may see, or of your own',
          params: z.object({ id: z.string().max(64) }),
          querystring: z.strictObject({
            size: z.enum(['full', 'thumb']).optional(),
            incident: IncidentId.optional().meta({
              description: '经由哪个案件查看 / the incident you see it through',
            }),
          }),
          produces: ['image/jpeg', 'image/webp'],
          response: { 200: z.unknown().meta({ description: '图片 / the image' }) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { size = 'full', incident } = request.query;
        const facts = await attachments.facts(id);
        if (facts === undefined) throw unknownAttachment();
        await assertSeen(loop, attachments, subjectOf(request), { id, incident });
        const image = await attachments.image(facts, size);
        if (image === undefined) throw unknownAttachment();
        return reply
          .header('content-type', size === 'thumb' ? 'image/webp' : facts.kind)
          .header('content-disposition', `inline; filename="${id}"`)
          .header('content-security-policy', "default-src 'none'; sandbox")
          .header('cross-origin-resource-policy', 'same-origin')
          .header('cache-control', 'private, max-age=3600')
          .send(Buffer.from(image));
      },
    );
  };
}

/** One's own photo, one of an incident in sight, or one that the named incident in sight has. */
async function assertSeen(
  loop: Loop,
  attachments: Attachments,
  subject: Subject,
  asked: { readonly id: string; readonly incident?: string | undefined },
): Promise<void> {
  if (await mayUse(loop, attachments, subject, asked.id)) return;
  if (asked.incident !== undefined) {
    const incident = await scopedIncident(loop, subject, asked.incident);
    if (incident?.evidence.some(({ id }) => id === asked.id) === true) return;
  }
  throw unknownAttachment();
}

async function fileOf(request: FastifyRequest): Promise<Uint8Array> {
  if (request.body instanceof Buffer) return sized(request.body);
  if (!request.isMultipart()) throw missing();
  const part = await request.file();
  if (part === undefined) throw missing();
  return sized(await part.toBuffer());
}

function sized(file: Uint8Array): Uint8Array {
  if (file.byteLength === 0) throw missing();
  if (file.byteLength <= UPLOAD_MOST) return file;
  throw new InvalidInput('ATTACHMENT_SIZE', '照片超过 10 MB / the photo is over 10 MB');
}

function missing(): InvalidInput {
  return new InvalidInput(
    'ATTACHMENT_MISSING',
    '请附上一张照片 / send one photo, as a file of a form or as the body',
  );
}

function unknownAttachment(): NotFound {
  return new NotFound('ATTACHMENT_NOT_FOUND', '没有这个附件 / no such attachment');
}
