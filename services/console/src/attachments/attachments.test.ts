import { memoryBlobs } from '@cityloop/blobs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createAttachments } from './attachments.ts';
import { readPicture } from './picture.ts';

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#4a8' } });

/** A photo as a phone makes it: when, where, on its side, with a comment nobody should pass on. */
async function phonePhoto(): Promise<Buffer> {
  return blank(60, 40)
    .withExif({
      IFD0: { Make: 'PhoneMaker', ImageDescription: 'secret-comment' },
      IFD2: { DateTimeOriginal: '2026:03:02 09:30:00' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '31/1 18/1 0/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '121/1 30/1 0/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

describe('a photo', () => {
  it('keeps when and where it was taken as facts and loses everything else', async () => {
    const original = await phonePhoto();
    expect(original.includes('secret-comment')).toBe(true);
    const picture = await readPicture(original);
    expect(picture).toMatchObject({
      type: 'image/jpeg',
      takenAt: '2026-03-02T01:30:00.000Z',
      takenPlace: { lon: 121.5, lat: 31.3, crs: 'WGS84' },
    });
    expect(Buffer.from(picture.bytes).includes('secret-comment')).toBe(false);
    const { exif, icc } = await sharp(picture.bytes).metadata();
    expect({ exif, icc }).toEqual({ exif: undefined, icc: undefined });
  });

  it('is stood upright, made no longer than 2,560 pixels, and gets a thumbnail', async () => {
    const upright = await readPicture(await phonePhoto());
    expect([upright.width, upright.height]).toEqual([40, 60]);
    const large = await readPicture(await blank(4_000, 1_000).png().toBuffer());
    expect(large).toMatchObject({ type: 'image/webp', width: 2_560, height: 640 });
    expect(await sharp(large.thumb).metadata()).toMatchObject({ format: 'webp', width: 320 });
  });

  it('may come without any camera facts', async () => {
    const picture = await readPicture(await blank(10, 10).webp().toBuffer());
    expect(picture.takenAt).toBeUndefined();
    expect(picture.takenPlace).toBeUndefined();
  });

  it('is told by its content: other files are refused, whatever they call themselves', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>');
    const gif = await blank(5, 5).gif().toBuffer();
    for (const file of [svg, gif, Buffer.from('%PDF-1.7'), Buffer.from('GIF')]) {
      await expect(readPicture(file)).rejects.toMatchObject({ code: 'ATTACHMENT_TYPE' });
    }
  });

  it('is refused when it is cut short', async () => {
    const whole = await blank(400, 400).jpeg().toBuffer();
    const cut = whole.subarray(0, whole.length / 2);
    await expect(readPicture(cut)).rejects.toMatchObject({ code: 'ATTACHMENT_DAMAGED' });
  });

  it('is refused when it claims more pixels than a camera has', async () => {
    const bomb = await blank(9_000, 9_000).png().toBuffer();
    expect(bomb.length).toBeLessThan(2_000_000);
    await expect(readPicture(bomb)).rejects.toMatchObject({ code: 'ATTACHMENT_PIXELS' });
  });
});

describe('attachments', () => {
  it('are the same for the same photo of the same person, and others for somebody else', async () => {
    const attachments = createAttachments(memoryBlobs(), () => 0);
    const photo = await phonePhoto();
    const first = await attachments.take(photo, 'han');
    expect(await attachments.take(photo, 'han')).toEqual(first);
    expect((await attachments.take(photo, 'yan')).id).not.toBe(first.id);
    expect(first).not.toHaveProperty('by');
  });

  it('outlive the process', async () => {
    const blobs = memoryBlobs();
    const { id } = await createAttachments(blobs, () => 0).take(await phonePhoto(), 'han');
    const later = createAttachments(blobs, () => 0);
    const facts = await later.facts(id);
    expect(facts).toMatchObject({ by: 'han', at: '1970-01-01T00:00:00.000Z' });
    const thumb = facts && (await later.image(facts, 'thumb'));
    expect((await sharp(thumb).metadata()).format).toBe('webp');
  });

  it('note every incident that has them, also when several are noted at once', async () => {
    const attachments = createAttachments(memoryBlobs(), () => 0);
    const { id } = await attachments.take(await phonePhoto(), 'han');
    const incidents = Array.from({ length: 5 }, () => crypto.randomUUID());
    await Promise.all(incidents.map((incident) => attachments.link([id], incident)));
    await attachments.link([id, id], incidents[0] ?? '');
    expect([...(await attachments.incidentsOf(id))].sort()).toEqual([...incidents].sort());
  });

  it('of a made-up name are not there', async () => {
    const attachments = createAttachments(memoryBlobs(), () => 0);
    for (const id of ['', '../../x', 'ph-', `ph-${'0'.repeat(40)}`, 'a\0b']) {
      expect(await attachments.facts(id)).toBeUndefined();
    }
  });
});
