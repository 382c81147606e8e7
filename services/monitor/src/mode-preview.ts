import { setImmediate as breath } from 'node:timers/promises';
import type { Incident, ModeActivation, ModePreview } from '@cityloop/contracts';
import { fold, nextModeChange, type Policy, withMode } from '@cityloop/incident';
import { fromIso, toIso, Unavailable } from '@cityloop/kernel';
import { type Database, identifier } from '@cityloop/postgres';
import type { Histories } from './replay.ts';

const PAGE = 250;
/** So many are looked at, the newest first: beyond it the answer says that it is not of all. */
const EXAMINED_MOST = 20_000;

export type ImaginedMode = Pick<ModeActivation, 'mode' | 'areas'>;

/** When it is worth asking again while another preview is at work, s. */
const RETRY_AFTER_S = 5;

/**
 * Lets one preview at a time through: each reads all that is open, from the database that keeps the live
 * picture. Refused with `PREVIEW_BUSY` meanwhile.
 */
export function oneAtATime(
  preview: (imagined: ImaginedMode) => Promise<ModePreview>,
): (imagined: ImaginedMode) => Promise<ModePreview> {
  let busy = false;
  return async (imagined) => {
    if (busy) {
      throw new Unavailable(
        'PREVIEW_BUSY',
        '正在试算另一个模式，请稍后再试 / another preview is at work, try again in a moment',
        { retryAfter: RETRY_AFTER_S },
      );
    }
    busy = true;
    try {
      return await preview(imagined);
    } finally {
      busy = false;
    }
  };
}

/**
 * What a mode would do to the open incidents of its ground if it began now. Reads the picture page by page and
 * takes a breath between pages, so that nobody waits for it who did not ask.
 */
export async function previewMode(
  options: {
    readonly db: Database;
    readonly schema: string;
    readonly histories: Histories;
    readonly policy: Policy;
    readonly nowMs: number;
  },
  imagined: ImaginedMode,
): Promise<ModePreview> {
  const { histories, nowMs } = options;
  const policy = withMode(options.policy, activationOf(imagined, nowMs));
  const ids = await openIn(options, imagined.areas);
  const tally = createTally(nowMs);
  const examined = ids.slice(0, EXAMINED_MOST);
  for (let at = 0; at < examined.length; at += PAGE) {
    const found = await histories(examined.slice(at, at + PAGE));
    for (const events of found.values()) {
      const incident = events.reduce<Incident | undefined>((s, e) => fold(s, e), undefined);
      if (incident !== undefined) tally.add(incident, policy);
    }
    await breath();
  }
  return {
    modeId: imagined.mode.id,
    asOf: toIso(nowMs),
    open: ids.length,
    examined: examined.length,
    ...tally.result(),
  };
}

/** As if it had been approved this instant, last of all. */
function activationOf({ mode, areas }: ImaginedMode, nowMs: number): ModeActivation {
  const now = toIso(nowMs);
  return {
    id: '00000000-0000-4000-8000-000000000000',
    mode,
    areas,
    reason: '试算',
    proposedBy: 'preview',
    approvedBy: 'preview',
    approvedAt: now,
    from: now,
    until: toIso(nowMs + 86_400_000),
    revision: 1,
  };
}

async function openIn(
  { db, schema }: { readonly db: Database; readonly schema: string },
  areas: readonly string[],
): Promise<readonly string[]> {
  const rows = await db.query<{ incident_id: string }>({
    text: `select incident_id from ${identifier(schema)}.incident
           where ended_at is null
             and (cardinality($1::text[]) = 0
                  or exists (select from unnest($1::text[]) as a where ground like a || '%'))
           order by reported_at desc, incident_id desc`,
    values: [areas],
  });
  return rows.map((row) => row.incident_id);
}

type ModePreviewLine = ModePreview['lines'][number];
type Counted = { -readonly [K in keyof ModePreviewLine]: ModePreviewLine[K] };

function createTally(nowMs: number) {
  const lines = new Map<string, Counted>();
  let incidents = 0;

  function count(centreId: string, name: string, before: string, after: string): void {
    const clock = name.startsWith('assist:') ? 'assist' : name;
    const key = `${centreId} ${clock}`;
    const line = lines.get(key) ?? {
      ...{ centreId, clock },
      ...{ clocks: 0, earlier: 0, later: 0, overdueAtOnce: 0 },
    };
    line.clocks += 1;
    if (after < before) line.earlier += 1;
    if (after > before) line.later += 1;
    if (fromIso(after) <= nowMs) line.overdueAtOnce += 1;
    lines.set(key, line);
  }

  return {
    add(incident: Incident, policy: Policy): void {
      const change = nextModeChange(incident, policy, nowMs, nowMs);
      if (change === undefined) return;
      const known = new Map(Object.entries(incident.clocks));
      const moved = Object.entries(change.clocks).flatMap(([name, { dueAt: after }]) => {
        const before = known.get(name)?.dueAt ?? after;
        // Under another mode, but due when it was: nobody notices.
        return before === after ? [] : [{ name, before, after }];
      });
      if (moved.length > 0) incidents += 1;
      for (const { name, before, after } of moved) count(incident.centreId, name, before, after);
    },
    result() {
      const all = [...lines.values()].sort(
        (a, b) => a.centreId.localeCompare(b.centreId) || a.clock.localeCompare(b.clock),
      );
      const sum = (of: 'clocks' | 'earlier' | 'later' | 'overdueAtOnce') =>
        all.reduce((n, line) => n + line[of], 0);
      return {
        incidents,
        clocks: sum('clocks'),
        earlier: sum('earlier'),
        later: sum('later'),
        overdueAtOnce: sum('overdueAtOnce'),
        lines: all,
      };
    },
  };
}
