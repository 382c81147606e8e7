import type { ToldAttribution, ToldData, ToldEvent, ToldPause, ToldPlace } from './told.ts';

/** Pauses nobody had to act in, because they were granted. */
const WAITING = ['suspension', 'third-party', 'weather'];

type Held = { readonly fromMs: number; readonly holder: string };
type Share = { ms: number; lateMs: number };

/** The end-to-end clock of a round that has ended. */
export type Round = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly dueMs: number;
  readonly late: boolean;
};

/**
 * Who had an incident when, told from the events alone: 受理 and 派遣 the centre by its level, 核实 and 核查
 * those who check, 处置 the unit, 结案 the centre that owns it, and nobody while a granted pause lasts.
 */
export class WhoseTime {
  #held: Held[] = [];
  #place: ToldPlace = { level: '', centreId: '', ownerCentreId: '' };
  #pauses: readonly ToldPause[] = [];

  take({ type }: ToldEvent, data: ToldData, atMs: number): void {
    this.#pauses = data.incident?.pauses ?? data.pauses ?? this.#pauses;
    this.#place = { ...this.#place, ...moved(type, data) };
    if (type === 'archive.reopened' || type === 'archive.unmerged') this.#held = [];
    const last = this.#held.at(-1);
    if (type === 'dispatch.return-ruled' && data.ruledAt === 'district') {
      // It waited for the district from the return on.
      if (last?.holder === 'subdistrict') this.#held.splice(-1, 1, { ...last, holder: 'district' });
    }
    const holder = holderAfter(type, data, this.#place);
    if (holder !== undefined) this.#held.push({ fromMs: atMs, holder });
  }

  /** What is wrong with a split of a round; undefined when every part is right to the millisecond. */
  fault(told: ToldAttribution, round: Round): string | undefined {
    const shares = this.#shares(round);
    if (told.wholeMs !== round.toMs - round.fromMs) return `the whole is ${told.wholeMs} ms`;
    for (const { holder, ms, lateMs } of told.parts) {
      const own = shares.get(holder) ?? { ms: 0, lateMs: 0 };
      if (own.ms !== ms) return `${holder} had it ${own.ms} ms, not ${ms}`;
      if (own.lateMs !== lateMs) return `${holder} was late ${own.lateMs} ms, not ${lateMs}`;
      shares.delete(holder);
    }
    const [left] = [...shares].filter(([, { ms }]) => ms > 0);
    return left && `${left[0]} had it ${left[1].ms} ms, which nobody says`;
  }

  /** Cut at every instant at which anything changes; of each piece there is one holder. */
  #shares({ fromMs, toMs, dueMs, late }: Round): Map<string, Share> {
    const waits = this.#pauses
      .filter(({ kind }) => WAITING.includes(kind))
      .map(({ from, endedAt, until }) => {
        const endsMs = endedAt ?? until;
        return [Date.parse(from), endsMs === undefined ? toMs : Date.parse(endsMs)] as const;
      });
    const lateFromMs = late ? Math.max(fromMs, dueMs) : toMs;
    const edges = [
      fromMs,
      lateFromMs,
      ...this.#held.map((held) => held.fromMs),
      ...waits.flat(),
      toMs,
    ]
      .filter((ms) => ms >= fromMs && ms <= toMs)
      .sort((a, b) => a - b);
    const shares = new Map<string, Share>();
    for (const [n, begins] of edges.entries()) {
      const ms = (edges[n + 1] ?? begins) - begins;
      if (ms === 0) continue;
      const waited = waits.some(([from, to]) => from <= begins && begins < to);
      const held = this.#held.findLast((one) => one.fromMs <= begins) ?? this.#held[0];
      const holder = waited ? 'waiting' : (held?.holder ?? '');
      const share = shares.get(holder) ?? { ms: 0, lateMs: 0 };
      share.ms += ms;
      if (begins >= lateFromMs) share.lateMs += ms;
      shares.set(holder, share);
    }
    return shares;
  }
}

/** Where the incident is after an event: what hand-overs carry, and the moves between centres. */
function moved(type: string, data: ToldData): Partial<ToldPlace> {
  const { incident = data.dossier, toCentreId: centreId } = data;
  if (incident !== undefined) {
    const { level, centreId: at, ownerCentreId } = incident;
    return { level, centreId: at, ownerCentreId };
  }
  if (centreId === undefined) return {};
  if (type === 'intake.transferred')
    return { centreId, ownerCentreId: centreId, level: data.level ?? '' };
  return { centreId, level: type === 'dispatch.passed-down' ? 'subdistrict' : 'district' };
}

function holderAfter(type: string, data: ToldData, place: ToldPlace): string | undefined {
  switch (type) {
    case 'dispatch.assigned':
    case 'verification.rework-ordered':
      return 'unit';
    case 'intake.fact-check-requested':
    case 'handling.confirmed':
      return 'verification';
    case 'verification.checked':
      return data.check?.outcome === 'pass' ? ownerOf(place) : 'verification';
    case 'intake.reported':
    case 'intake.fact-check-reported':
    case 'intake.transferred':
    case 'intake.filed':
    case 'dispatch.passed-down':
    case 'dispatch.escalated':
    case 'dispatch.taken-up':
    case 'dispatch.return-ruled':
    case 'handling.returned':
    case 'handling.recalled':
    case 'archive.reopened':
    case 'archive.unmerged':
      return place.level;
    default:
      return undefined;
  }
}

/** 谁立案谁结案: by the level of the centre that owns it. */
function ownerOf({ level, centreId, ownerCentreId }: ToldPlace): string {
  if (centreId === ownerCentreId) return level;
  return level === 'subdistrict' && centreId.startsWith(ownerCentreId) ? 'district' : 'subdistrict';
}
