import {
  ModePreview,
  ModePreviewBody,
  ModeProposalBody,
  ModesView,
  ModeView,
  type PackMode,
} from '@cityloop/contracts';
import { type Routes, subjectOf } from '@cityloop/http';
import { partyOf, refuseOtherGround } from '@cityloop/incident';
import { InvalidInput, uuidv7 } from '@cityloop/kernel';
import { z } from 'zod';
import type { Loop } from '../loop.ts';
import { IdempotencyKey } from './headers.ts';

const tags = ['平战 modes'];
const config = { permission: 'modes' };
const reason = z.string().trim().min(1).max(400);
const params = z.object({ id: z.uuid() });
const headers = z.looseObject({ 'idempotency-key': IdempotencyKey.optional() });

/** What may be decided on a proposal, and whether it needs a reason. */
const onProposals = [
  ['approve', '批准（须另一人）/ approve a proposal: never by the proposer', reason.optional()],
  ['refuse', '驳回 / refuse a proposal', reason],
  ['withdraw', '撤回 / take a proposal back, by the proposer', reason.optional()],
] as const;

/** Modes (平战): which there are, proposals and decisions on them, and what one would do. */
export function modeRoutes(loop: Loop): Routes {
  return async (app) => {
    app.get(
      '/modes',
      {
        config: { permission: 'read-modes' },
        schema: {
          tags,
          summary: '平战模式 / modes: what there is, what is on, proposed, and was',
          response: { 200: ModesView },
        },
      },
      async () => ({ ...(await loop.district.modes()), definitions: loop.pack().modes }),
    );
    app.post(
      '/modes/proposals',
      {
        config,
        schema: {
          tags,
          summary: '提出启动或延长 / propose to turn a mode on, or to extend one',
          headers,
          body: ModeProposalBody,
          response: { 201: ModeView },
        },
      },
      async (request, reply) => {
        const view = await loop.district.proposeMode({
          body: { ...request.body, reason: loop.mask(request.body.reason) },
          subject: subjectOf(request),
          // With a key of ours at least, so that nothing is proposed twice on its way.
          key: request.headers['idempotency-key'] ?? uuidv7(),
        });
        return reply.code(201).send(view);
      },
    );
    for (const [decision, summary, why] of onProposals) {
      app.post(
        `/modes/proposals/:id/${decision}`,
        {
          config,
          schema: {
            tags,
            summary,
            params,
            body: z.strictObject({ reason: why }),
            response: { 200: ModeView },
          },
        },
        async (request) => {
          const { reason: said } = request.body;
          return loop.district.decideMode({
            id: request.params.id,
            decision,
            subject: subjectOf(request),
            ...(said === undefined ? {} : { reason: loop.mask(said) }),
          });
        },
      );
    }
    app.post(
      '/modes/activations/:id/end',
      {
        config,
        schema: {
          tags,
          summary: '提前结束 / end a mode before its time, with a reason',
          params,
          body: z.strictObject({ reason }),
          response: { 200: ModeView },
        },
      },
      async (request) =>
        loop.district.decideMode({
          id: request.params.id,
          decision: 'end',
          subject: subjectOf(request),
          reason: loop.mask(request.body.reason),
        }),
    );
    app.post(
      '/modes/preview',
      {
        config,
        schema: {
          tags,
          summary: '启动影响试算 / how many open incidents a mode would change, and how',
          body: ModePreviewBody,
          response: { 200: ModePreview },
        },
      },
      async (request) => {
        const { modeId, areas } = request.body;
        const mode = knownMode(loop, modeId);
        // Who may propose it there: a preview counts what others have in hand.
        partyOf(mode, 'propose', subjectOf(request), loop.pack());
        refuseOtherGround(areas, subjectOf(request), loop.pack());
        return loop.picture.previewMode({ mode, areas });
      },
    );
  };
}

function knownMode(loop: Loop, modeId: string): PackMode {
  const mode = loop.pack().modes.find(({ id }) => id === modeId);
  if (mode !== undefined) return mode;
  throw new InvalidInput('MODE_UNKNOWN', '没有这个模式，见 GET /api/v1/modes / no such mode', {
    modeId,
  });
}
