import { AreaCode, IncidentId, PackMode, ReportBody, Subject } from '@cityloop/contracts';
import { uuidv7 } from '@cityloop/kernel';
import { z } from 'zod';
import type { Served } from '../calls/methods.ts';
import type { Peer } from '../calls/peer.ts';
import { once, patiently, remote, safely } from '../calls/remote.ts';
import { Person } from './command-args.ts';
import type { ArchiveDoor, IntakeDoor, NoticeDoor, PictureCalls } from './other-doors.ts';

const Key = z.string().min(1).max(600);
/** Words as they were before masking: what a body holds, all of it together. */
const Original = z.string().max(200_000).optional();

const ReportArgs = z.tuple([
  z.strictObject({
    body: ReportBody,
    original: Original,
    subject: Person,
    key: Key.optional(),
    traceparent: z.string().max(100).optional(),
  }),
]);
const RevealArgs = z.tuple([
  z.strictObject({
    incidentId: IncidentId,
    tokens: z.array(z.string().max(64)),
    subjectId: z.string().max(64),
    role: z.string().max(64),
    purpose: z.string().max(500),
  }),
]);
const KeepArgs = z.tuple([
  z.strictObject({
    incidentId: IncidentId,
    name: z.string().max(64).optional(),
    phone: z.string().max(64).optional(),
    original: Original,
    key: Key.optional(),
  }),
]);

/** What intake offers besides its stage. */
export function intakeMethods(door: IntakeDoor): Served<IntakeDoor> {
  return {
    report: { args: ReportArgs, run: door.report },
    reveal: { args: RevealArgs, run: door.reveal },
    keep: { args: KeepArgs, run: door.keep },
  };
}

export function remoteIntake(peer: Peer): IntakeDoor {
  const calls = remote<IntakeDoor>(peer, {
    report: patiently,
    // Each look is written down: not twice for one.
    reveal: once,
    keep: safely,
  });
  return {
    ...calls,
    report: (given) => calls.report({ ...given, key: given.key ?? uuidv7() }),
    keep: (secret) => calls.keep({ ...secret, key: secret.key ?? uuidv7() }),
  };
}

const HistoryArgs = z.tuple([IncidentId, z.int().min(1), z.int().min(1).max(10_000)]);
const LedgeredArgs = z.tuple([z.array(IncidentId).max(10_000)]);

/** What archive offers besides its stage. */
export function archiveMethods(door: ArchiveDoor): Served<ArchiveDoor> {
  return {
    history: { args: HistoryArgs, run: door.history },
    ledgered: { args: LedgeredArgs, run: door.ledgered },
  };
}

export function remoteArchive(peer: Peer): ArchiveDoor {
  return remote<ArchiveDoor>(peer, { history: safely, ledgered: safely });
}

const NoticesArgs = z.tuple([
  z.string().max(64),
  z.strictObject({
    limit: z.int().min(1).max(500),
    after: z.uuid().optional(),
    unread: z.boolean().optional(),
  }),
]);

/** What the watch over the ladders offers. */
export function noticeMethods(door: NoticeDoor): Served<NoticeDoor> {
  return {
    notices: { args: NoticesArgs, run: door.notices },
    newestNotices: {
      args: z.tuple([z.array(z.string().max(64)).max(10_000)]),
      run: door.newestNotices,
    },
    readNotice: { args: z.tuple([z.string().max(64), z.uuid()]), run: door.readNotice },
    deadNotices: { args: z.tuple([z.int().min(1).max(10_000)]), run: door.deadNotices },
    resendNotices: {
      args: z.tuple([z.array(z.uuid()).max(10_000).optional()]),
      run: door.resendNotices,
    },
  };
}

export function remoteNotices(peer: Peer): NoticeDoor {
  return remote<NoticeDoor>(peer, {
    notices: safely,
    // Asked again in a second.
    newestNotices: { repeat: 'safe', patienceMs: 1_000 },
    readNotice: safely,
    deadNotices: safely,
    resendNotices: safely,
  });
}

const text = z.string().max(200).optional();
const FindArgs = z.tuple([
  Subject,
  z.strictObject({
    area: text,
    status: z.array(z.string().max(64)).optional(),
    unit: text,
    category: text,
    channel: text,
    overdue: z.boolean().optional(),
    supervised: z.boolean().optional(),
    open: z.boolean().optional(),
    text,
    from: text,
    to: text,
    limit: z.int().min(1).max(1_000),
    after: z.strictObject({ ms: z.int(), id: z.uuid() }).optional(),
  }),
]);

const PreviewArgs = z.tuple([z.strictObject({ mode: PackMode, areas: z.array(AreaCode).max(50) })]);

/** The live picture, as far as it is asked and answers. */
export function pictureMethods(door: PictureCalls): Served<PictureCalls> {
  return {
    find: { args: FindArgs, run: door.find },
    get: { args: z.tuple([IncidentId]), run: door.get },
    byNumber: { args: z.tuple([z.string().max(64)]), run: door.byNumber },
    counts: { args: z.tuple([Subject]), run: door.counts },
    duplicates: { args: z.tuple([IncidentId, ReportBody]), run: door.duplicates },
    previewMode: { args: PreviewArgs, run: door.previewMode },
  };
}

export function remotePicture(peer: Peer): PictureCalls {
  return remote<PictureCalls>(peer, {
    find: safely,
    get: safely,
    byNumber: safely,
    counts: safely,
    // A hint: nobody waits long for it.
    duplicates: { repeat: 'safe', patienceMs: 1_000 },
    // All that is open is looked at.
    previewMode: { repeat: 'safe', patienceMs: 60_000 },
  });
}
