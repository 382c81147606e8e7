import { InvalidInput } from '@cityloop/kernel';
import exifr from 'exifr';
import { fileTypeFromBuffer } from 'file-type';
import sharp, { type Sharp } from 'sharp';
import { z } from 'zod';

/** The largest file taken, bytes. */
export const UPLOAD_MOST = 10 * 1024 * 1024;
/** More pixels than any phone makes; a small file can claim billions. */
const PIXELS_MOST = 60_000_000;
const EDGE_MOST = 2_560;
const THUMB_EDGE = 320;

// libvips keeps decoded images for later by default; photos come once.
sharp.cache(false);

export type PictureFacts = {
  readonly width: number;
  readonly height: number;
  /** When and where the camera says it was taken; nobody has checked it. */
  readonly takenAt?: string | undefined;
  readonly takenPlace?: { readonly lon: number; readonly lat: number; readonly crs: 'WGS84' };
};

export type Picture = PictureFacts & {
  readonly type: 'image/jpeg' | 'image/webp';
  readonly bytes: Uint8Array;
  readonly thumb: Uint8Array;
};

/** By content, never by name: what it becomes. PNG may be transparent, which JPEG cannot be. */
const becomes: Readonly<Record<string, Picture['type']>> = {
  'image/jpeg': 'image/jpeg',
  'image/png': 'image/webp',
  'image/webp': 'image/webp',
  'image/heic': 'image/jpeg',
  'image/heif': 'image/jpeg',
};

/**
 * Reads a photo: its type by content, time and place as facts, then encodes it anew without any
 * metadata, upright and at most 2,560 pixels long, with a thumbnail. Throws `InvalidInput`
 * `ATTACHMENT_TYPE`, `ATTACHMENT_DAMAGED` or `ATTACHMENT_PIXELS`.
 */
export async function readPicture(file: Uint8Array): Promise<Picture> {
  const found = await fileTypeFromBuffer(file);
  const type = found === undefined ? undefined : becomes[found.mime];
  if (type === undefined) throw unknownType(found?.mime);
  await assertSize(file, found?.mime);
  const taken = await takenFacts(file);
  const image = sharp(file, { limitInputPixels: PIXELS_MOST, failOn: 'error' }).rotate();
  try {
    const [full, thumb] = await Promise.all([
      encode(image.clone(), EDGE_MOST, type),
      encode(image.clone(), THUMB_EDGE, 'image/webp'),
    ]);
    const { width, height } = full.info;
    return { type, bytes: full.data, thumb: thumb.data, width, height, ...taken };
  } catch (cause) {
    throw damaged(cause);
  }
}

async function assertSize(file: Uint8Array, mime: string | undefined): Promise<void> {
  const { width, height } = await sharp(file, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      // The build at hand reads HEIC only where its makers licensed it.
      throw mime === 'image/heic' || mime === 'image/heif' ? unknownType(mime) : damaged(cause);
    });
  if (width * height <= PIXELS_MOST) return;
  throw new InvalidInput(
    'ATTACHMENT_PIXELS',
    `照片像素过多，最多 ${PIXELS_MOST / 1e6} 百万像素 / too many pixels, send a smaller one`,
    { width, height, most: PIXELS_MOST },
  );
}

function encode(image: Sharp, edge: number, type: Picture['type']) {
  const sized = image
    .resize({ width: edge, height: edge, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb');
  const encoded = type === 'image/jpeg' ? sized.jpeg({ quality: 82 }) : sized.webp({ quality: 80 });
  return encoded.toBuffer({ resolveWithObject: true });
}

const Exif = z.looseObject({
  DateTimeOriginal: z.string().optional().catch(undefined),
  OffsetTimeOriginal: z.string().optional().catch(undefined),
  latitude: z.number().min(-90).max(90).optional().catch(undefined),
  longitude: z.number().min(-180).max(180).optional().catch(undefined),
});

/** What the camera wrote; a photo without it, or with nonsense, is as good a photo. */
async function takenFacts(file: Uint8Array): Promise<Pick<PictureFacts, 'takenAt' | 'takenPlace'>> {
  const raw: unknown = await exifr
    .parse(file, {
      tiff: true,
      exif: { pick: ['DateTimeOriginal', 'OffsetTimeOriginal'] },
      gps: true,
      reviveValues: false,
    })
    .catch(() => undefined);
  const exif = Exif.safeParse(raw ?? {}).data ?? {};
  const takenAt = instantOf(exif.DateTimeOriginal, exif.OffsetTimeOriginal);
  const { latitude: lat, longitude: lon } = exif;
  return {
    ...(takenAt === undefined ? {} : { takenAt }),
    ...(lat === undefined || lon === undefined ? {} : { takenPlace: { lon, lat, crs: 'WGS84' } }),
  };
}

/** Cameras write civil time, often without an offset: then it is taken for the district's. */
function instantOf(time: string | undefined, offset: string | undefined): string | undefined {
  const parts = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)/.exec(time ?? '');
  if (parts === null) return undefined;
  const zone = /^[+-]\d\d:\d\d$/.test(offset ?? '') ? offset : '+08:00';
  const ms = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}${zone}`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function unknownType(mime: string | undefined): InvalidInput {
  return new InvalidInput(
    'ATTACHMENT_TYPE',
    '只接受 JPEG、PNG、WebP 照片 / send a JPEG, PNG or WebP photo',
    mime === undefined ? {} : { found: mime },
  );
}

function damaged(cause: unknown): InvalidInput {
  return new InvalidInput(
    'ATTACHMENT_DAMAGED',
    '照片已损坏，无法读取 / the photo is damaged and cannot be read',
    {},
    { cause },
  );
}
