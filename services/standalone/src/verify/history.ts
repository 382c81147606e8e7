import {
  decodeEvent,
  type Incident,
  type IncidentEvent,
  isHandOver,
  stageOf,
} from '@cityloop/contracts';
import { evolve, fold } from '@cityloop/incident';
import { fromIso } from '@cityloop/kernel';
import type { CaseFile, Recorded } from './case-files.ts';
import { firstDifference } from './difference.ts';
import type { Findings, InvariantId } from './findings.ts';
import { isSettling, mayFollow } from './legal-path.ts';
import { proseWithNumbers } from './private-data.ts';
import type { Profile } from './tables.ts';

/** One event with the incident before and after it, and the time its clocks counted by. */
export type Step = {
  readonly event: IncidentEvent;
  readonly position: number;
  /** Where the live picture's feed has it; null when it has not been given it. */
  readonly fed: number | null;
  readonly before: Incident | undefined;
  readonly after: Incident;
  /** ms: `recordedAt`, or for an imported incident the time its record tells. */
  readonly atMs: number;
};

/** An incident's history, read and folded. */
export type History = {
  readonly incidentId: string;
  readonly steps: readonly Step[];
  /** The highest version the log has; 0 when there is none. */
  readonly last: number;
  /** Every version was there and could be read: only then is anything compared with the fold. */
  readonly whole: boolean;
};

/**
 * Imports tell of the past: their `recordedAt` is only when they were read in, by the clock of whichever
 * service did so. Two of them may be this far apart, ms.
 */
const IMPORT_SLACK_MS = 1_000;

/** Reads one history and holds every event of it to I2, I3 and I4. */
export function readHistory(file: CaseFile, profile: Profile, findings: Findings): History {
  return new Reader(file, profile, findings).read();
}

class Reader {
  readonly #file: CaseFile;
  readonly #findings: Findings;
  /** Whether positions tell the order: a copy takes what was lost and published again when it comes. */
  readonly #ordered: boolean;
  readonly #steps: Step[] = [];
  readonly #ids = new Set<string>();
  #whole = true;
  #version = 0;
  #position = 0;
  #recordedMs = 0;
  #state: Incident | undefined;

  constructor(file: CaseFile, { elsewhere }: Profile, findings: Findings) {
    this.#file = file;
    this.#ordered = !elsewhere;
    this.#findings = findings;
  }

  read(): History {
    for (const record of this.#file.records) this.#take(record);
    return {
      incidentId: this.#file.incidentId,
      steps: this.#steps,
      last: this.#file.records.at(-1)?.version ?? 0,
      whole: this.#whole,
    };
  }

  #found(id: InvariantId, version: number, what: string): void {
    this.#findings.found(id, what, { incidentId: this.#file.incidentId, version });
  }

  /** What comes after cannot be folded, until a hand-over brings the whole state again. */
  #lose(): void {
    this.#whole = false;
    this.#state = undefined;
  }

  #take(record: Recorded): void {
    const { version } = record;
    this.#findings.looked('I2', 'versions');
    if (version !== this.#version + 1) {
      this.#found('I3', version, `version ${version} comes after ${this.#version}: one is missing`);
      this.#lose();
    }
    this.#version = version;
    const event = this.#decoded(record);
    if (event === undefined) {
      this.#lose();
      return;
    }
    this.#findings.looked('I4', 'events in order');
    this.#inOrder(event, record.position);
    this.#evolved(event, record);
  }

  #decoded({ version, body }: Recorded): IncidentEvent | undefined {
    const decoded = decodeEvent(body);
    if (decoded.kind === 'unknown') {
      this.#findings.note(
        `${this.#file.incidentId}/${version}: type ${decoded.type} is of another build; what follows was not folded`,
      );
      return undefined;
    }
    if (decoded.kind === 'poison') {
      this.#found('I3', version, `cannot be read: ${decoded.code} ${firstLine(decoded.reason)}`);
      return undefined;
    }
    const { event } = decoded;
    if (event.incidentId !== this.#file.incidentId || event.version !== version) {
      const said = `version ${event.version} of ${event.incidentId}`;
      this.#found('I2', version, `the event itself says it is ${said}: it stands here twice`);
      return undefined;
    }
    if (this.#ids.has(event.id))
      this.#found('I2', version, `event id ${event.id} stands here twice`);
    this.#ids.add(event.id);
    return event;
  }

  #inOrder(event: IncidentEvent, position: number): void {
    const { version } = event;
    if (this.#ordered && position <= this.#position) {
      this.#found('I4', version, `stands at ${position}, the version before at ${this.#position}`);
    }
    this.#position = position;
    const recordedMs = fromIso(event.recordedAt);
    const slack = (this.#state ?? born(event))?.imported === true ? IMPORT_SLACK_MS : 0;
    if (recordedMs < this.#recordedMs - slack) {
      this.#found('I4', version, `recordedAt ${event.recordedAt} goes back behind the one before`);
    }
    // Behind an import's slack our own time begins where it was gone live.
    this.#recordedMs = recordedMs;
  }

  #evolved(event: IncidentEvent, { position, fed }: Recorded): void {
    const before = this.#state;
    this.#findings.looked('I3', 'events');
    this.#legal(event, before);
    const after = this.#fold(event, before);
    this.#findings.looked('I7', 'texts without telephone numbers');
    for (const path of proseWithNumbers(event.data)) {
      this.#found('I7', event.version, `${path} has an unmasked telephone or identity number`);
    }
    if (after === undefined) {
      this.#lose();
      return;
    }
    if (before?.imported === true && !isSettling(event.type)) this.#onwards(event, before);
    this.#steps.push({ event, position, fed, before, after, atMs: fromIso(after.recordedAt) });
    this.#state = after;
  }

  /** The clocks of an import run on what it tells: nobody acts before the last that was told. */
  #onwards({ occurredAt, version }: IncidentEvent, before: Incident): void {
    if (fromIso(occurredAt) >= fromIso(before.recordedAt)) return;
    this.#found('I4', version, `tells of ${occurredAt}, after what was at ${before.recordedAt}`);
  }

  #legal(event: IncidentEvent, before: Incident | undefined): void {
    const { type, version } = event;
    if (type === 'intake.reported') {
      if (version !== 1) this.#found('I3', version, 'it is born a second time');
      else this.#wellBorn(event.data.incident, event);
      return;
    }
    if (version === 1) {
      this.#found('I3', version, `the history begins with ${type}`);
      return;
    }
    if (before === undefined) return;
    if (type.endsWith('.went-live') && before.imported !== true) {
      this.#found('I3', version, 'it goes live a second time, or was never imported');
    }
    if (stageOf(type) !== before.custodian) {
      this.#found('I3', version, `${type} was written while ${before.custodian} held it`);
    } else if (!mayFollow(type, before.status)) {
      this.#found('I3', version, `${type} came upon status ${before.status}`);
    }
  }

  #wellBorn(incident: Incident, { incidentId }: IncidentEvent): void {
    const { id, version, status, custodian } = incident;
    const well =
      id === incidentId && version === 1 && status === 'reported' && custodian === 'intake';
    if (!well) this.#found('I3', 1, `born as version ${version}, ${status}, at ${custodian}`);
  }

  /** The state after the event; the dossier of a hand-over has to be what the fold says. */
  #fold(event: IncidentEvent, before: Incident | undefined): Incident | undefined {
    const { type, version } = event;
    const whole = type === 'intake.reported' || isHandOver(type);
    if (before === undefined && !whole) return undefined;
    try {
      const after = fold(before, event);
      if (before === undefined || !isHandOver(type)) return after;
      this.#findings.looked('I3', 'dossiers');
      const at = before.imported === true ? event.occurredAt : event.recordedAt;
      const differs = firstDifference(evolve(before, event, at), after);
      if (differs !== undefined) {
        this.#found(
          'I3',
          version,
          `the dossier of ${type} is not what the history says: ${differs}`,
        );
      }
      return after;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#found('I3', version, `${type} cannot be folded: ${firstLine(reason)}`);
      return undefined;
    }
  }
}

function born(event: IncidentEvent): Incident | undefined {
  return event.type === 'intake.reported' ? event.data.incident : undefined;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 160) ?? '';
}
