import { describe, expect, it } from 'vitest';
import {
  commandBodies,
  custodianAfter,
  type EventType,
  eventData,
  followCustody,
  handOvers,
  isEventType,
  isHandOver,
  ownerOf,
  permissions,
  stageOf,
  stages,
  verbs,
} from './index.ts';

const types = Object.keys(eventData) as EventType[];

describe('the custody table', () => {
  it('says of every event who holds the incident after it', () => {
    for (const type of types) {
      const after = custodianAfter(type);
      if (isHandOver(type)) expect(after).toBe(handOvers[type]);
      else expect(after).toBe(stageOf(type));
    }
  });

  it('names only events that are there, each passing custody to another stage', () => {
    for (const [type, to] of Object.entries(handOvers)) {
      expect(isEventType(type)).toBe(true);
      if (type !== 'intake.reported') expect(to).not.toBe(stageOf(type));
    }
  });

  it('lets every stage but the archive pass an incident on to the archive by a withdrawal', () => {
    for (const stage of stages) expect(isEventType(`${stage}.withdrawn`)).toBe(stage !== 'archive');
  });

  it('counts birth as no hand-over and knows no stage nobody is', () => {
    expect(isHandOver('intake.reported')).toBe(false);
    expect(() => stageOf('weather.changed')).toThrow(RangeError);
  });
});

describe('the verbs', () => {
  it('belong to one stage or follow custody, and all have somebody who may give them', () => {
    for (const verb of verbs) {
      const follows = (followCustody as readonly string[]).includes(verb);
      expect(ownerOf(verb) === undefined).toBe(follows);
      expect(permissions[verb].length).toBeGreaterThan(0);
    }
  });

  it('refuse members nobody knows, control characters and overlong words in every body', () => {
    for (const verb of verbs) {
      const schema = commandBodies[verb];
      const issues = (body: object) => schema.safeParse(body).error?.issues ?? [];
      expect(issues({ surprise: 1 }).map((i) => i.code)).toContain('unrecognized_keys');
      for (const text of ['\u0000', '\ud800', 'x'.repeat(4_001)]) {
        expect(issues({ text }).some((i) => i.path[0] === 'text')).toBe(true);
      }
    }
  });
});
