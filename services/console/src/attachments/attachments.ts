import { hash } from 'node:crypto';
import type { Blobs } from '@cityloop/blobs';
import { RuleViolation, Unavailable } from '@cityloop/kernel';
import { z } from 'zod';
import { readPicture } from './picture.ts';

/** Photos decoded at once: each may need some hundred megabytes for a moment. */
const AT_ONCE = 2;
const WAITING_MOST = 30;

export const AttachmentId = z.string().regex(/^ph-[0-9a-f]{40}$/);

export const AttachmentView = z.object({
  id: AttachmentId,
  kind: z.string().meta({ description: 'image/jpeg 或 image/webp，重新编码后的类型' }),
  bytes: z.int(),
  width: z.int(),
  height: z.int(),
  takenAt: z.iso.datetime().optional().meta({ description: '相机记录的时间，未经核实' }),
  takenPlace: z
    .object({ lon: z.number(), lat: z.number(), crs: z.literal('WGS84') })
    .optional()
    .meta({ description: '相机记录的位置，未经核实' }),
});
export type AttachmentView = z.infer<typeof AttachmentView>;

const Facts = z.object({
  ...AttachmentView.shape,
  by: z.string(),
  at: z.iso.datetime(),
  image: z.string(),
  thumb: z.string(),
  original: z.object({ bytes: z.int(), sha256: z.string() }),
});
export type Facts = z.infer<typeof Facts>;

const Links = z.array(z.uuid());

/** Photos and what is known of them: who brought one, and which incidents have it as evidence. */
export type Attachments = {
  /** Takes a photo; durable when it resolves. The same photo of the same person is one attachment. */
  take(file: Uint8Array, by: string): Promise<AttachmentView>;
  facts(id: string): Promise<Facts | undefined>;
  image(facts: Facts, size: 'full' | 'thumb'): Promise<Uint8Array | undefined>;
  /** Incidents that have it, as far as was noted. */
  incidentsOf(id: string): Promise<readonly string[]>;
  /** Notes that an incident has these; again changes nothing. */
  link(ids: readonly string[], incidentId: string): Promise<void>;
};

/** Attachments on a blob store: images by the hash of their content, facts as JSON beside them. */
export function createAttachments(blobs: Blobs, nowMs: () => number): Attachments {
  const gate = createGate();
  const linking = new Map<string, Promise<void>>();

  async function json<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const bytes = await blobs.get(name);
    if (bytes === undefined) return undefined;
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  }

  const factsOf = async (id: string): Promise<Facts | undefined> =>
    AttachmentId.safeParse(id).success ? json(`${id.slice(3)}.json`, Facts) : undefined;
  const linksOf = async (id: string): Promise<readonly string[]> =>
    (await json(`${id.slice(3)}.incidents`, Links)) ?? [];

  async function addLink(id: string, incidentId: string): Promise<void> {
    const links = await linksOf(id);
    if (links.includes(incidentId)) return;
    await blobs.put(`${id.slice(3)}.incidents`, jsonBytes([...links, incidentId]));
  }

  return {
    async take(file, by) {
      const sha256 = hash('sha256', file);
      const id = `ph-${hash('sha256', `${by}\n${sha256}`).slice(0, 40)}`;
      const known = await factsOf(id);
      if (known !== undefined) return viewOf(known);
      const { bytes, thumb, type, ...told } = await gate(() => readPicture(file));
      const facts: Facts = {
        id,
        kind: type,
        bytes: bytes.byteLength,
        ...told,
        by,
        at: new Date(nowMs()).toISOString(),
        image: `${hash('sha256', bytes)}.${type === 'image/jpeg' ? 'jpg' : 'webp'}`,
        thumb: `${hash('sha256', thumb)}.webp`,
        original: { bytes: file.byteLength, sha256 },
      };
      await Promise.all([blobs.put(facts.image, bytes), blobs.put(facts.thumb, thumb)]);
      // Last: an attachment is there when all of it is.
      await blobs.put(`${id.slice(3)}.json`, jsonBytes(facts));
      return viewOf(facts);
    },
    facts: factsOf,
    image: (facts, size) => blobs.get(size === 'thumb' ? facts.thumb : facts.image),
    incidentsOf: linksOf,
    async link(ids, incidentId) {
      for (const id of new Set(ids)) {
        // One at a time for each attachment: what is noted is read, added to and written back.
        const done = (linking.get(id) ?? Promise.resolve())
          .catch(() => undefined)
          .then(() => addLink(id, incidentId));
        linking.set(id, done);
        await done.finally(() => {
          if (linking.get(id) === done) linking.delete(id);
        });
      }
    },
  };
}

/** The refusal of an attachment that is not there or not the caller's to use. */
export function attachmentUnknown(id: string): RuleViolation {
  return new RuleViolation(
    'ATTACHMENT_UNKNOWN',
    '没有这个附件，请先上传照片 / no such attachment, upload the photo first',
    { attachment: id },
  );
}

function viewOf(facts: Facts): AttachmentView {
  return AttachmentView.parse(facts);
}

const jsonBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function createGate(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (waiting.length >= WAITING_MOST) {
      throw new Unavailable('OVERLOADED', '上传繁忙，请稍后重试 / too many uploads, try again', {
        retryAfter: 2,
      });
    }
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
