import { decodeEvent, type Incident, type IncidentEvent, stages } from '@cityloop/contracts';
import { dataNames, publishedSchemas } from '@cityloop/contracts/published';
import { fold } from '@cityloop/incident';
import { describe, expect, it } from 'vitest';
import { emptyWorld, incidentIn, nudge, throwIfRefused } from './loop.ts';
import { chainsForAll, testPolicy } from './pack.ts';
import { chooseStretches } from './recording.ts';
import { digestOf, linesOf, recordings, stretchesIn } from './recordings.ts';
import { shapesOf } from './shapes.ts';

const YEAR_MS = 365 * 86_400_000;
const newer = testPolicy({ revision: 1_000, approvals: chainsForAll });
const files = recordings().map((entry) => entry.file);

function eventsOf(file: string): IncidentEvent[] {
  const entry = recordings().find((one) => one.file === file);
  const lines = entry === undefined ? [] : linesOf(entry);
  return lines.map((line) => {
    const decoded = decodeEvent(line);
    if (decoded.kind === 'event') return decoded.event;
    throw new Error(`${file}: ${JSON.stringify(decoded)} in ${line.slice(0, 200)}`);
  });
}

/** The state each stretch of a recording leads to. */
function statesOf(file: string): Incident[] {
  return stretchesIn(eventsOf(file)).map((stretch) => {
    const state = stretch.reduce<Incident | undefined>(fold, undefined);
    if (state === undefined) throw new Error(`an empty stretch in ${file}`);
    expect(state).toMatchObject({ id: stretch[0]?.incidentId, version: stretch.at(-1)?.version });
    return state;
  });
}

describe.each(files)('what was recorded in %s', (file) => {
  it('is read by today’s code, and folded to a state', () => {
    const states = statesOf(file);
    expect(states.length).toBeGreaterThan(0);
    for (const state of states) expect(stages).toContain(state.custodian);
  });

  it('goes on: today’s rules settle a year of it under a newer policy', () => {
    for (const state of statesOf(file)) {
      const before = emptyWorld(newer, Date.parse(state.recordedAt) + YEAR_MS);
      const { id, version, custodian } = state;
      const held = new Map([[id, { version, since: version, custodian, incident: state }]]);
      const step = nudge({ ...before, known: { ...before.known, [custodian]: held } }, id);
      throwIfRefused(step);
      const after = incidentIn(step.world, id);
      expect(after.version).toBe(version + step.events.length);
      expect(nudge(step.world, id).events).toEqual([]);
    }
  });
});

describe('the recordings', () => {
  it('have one of the schemas as they are; if not: npm run contracts -- record', () => {
    expect(recordings().at(-1)?.schemas).toBe(digestOf(publishedSchemas()));
  });

  it('have every kind of data there is', () => {
    const seen = new Set(files.flatMap(eventsOf).map(({ type }) => dataNames().get(type)));
    expect([...new Set(dataNames().values())].filter((name) => !seen.has(name))).toEqual([]);
  });

  it('reach from the report to the archive', () => {
    const whole = files.flatMap((file) => stretchesIn(eventsOf(file)));
    const walks = whole.map((stretch) => stretch.map(({ type }) => type));
    expect(
      walks.some((types) => types[0] === 'intake.reported' && types.at(-1) === 'archive.archived'),
    ).toBe(true);
  });
});

describe('another digest', () => {
  const schemas = publishedSchemas();

  it('comes with another schema, not with other words about it', () => {
    expect(digestOf({ ...schemas, description: 'in other words' })).toBe(digestOf(schemas));
    expect(digestOf({ ...schemas, definitions: {} })).not.toBe(digestOf(schemas));
  });
});

describe('what is kept of many histories', () => {
  const events = files.flatMap(eventsOf);
  const histories = stretchesIn(events);
  const shapes = (of: readonly IncidentEvent[]) => new Set(of.flatMap((e) => [...shapesOf(e)]));

  it('shows all that they show, in stretches that begin with a whole state', () => {
    const chosen = chooseStretches(histories, new Set());
    expect(shapes(chosen.flat())).toEqual(shapes(events));
    for (const [first] of chosen) expect(fold(undefined, first as IncidentEvent).id).toBeDefined();
  });

  it('is nothing when all is known', () => {
    expect(chooseStretches(histories, shapes(events))).toEqual([]);
  });
});
