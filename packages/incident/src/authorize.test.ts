import { permissions, roles, type Verb, verbs } from '@cityloop/contracts';
import { confirmed, everybody, filed, filedInWest, people, places, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { authorize, commandsFor, may, mayRead } from './index.ts';

/** Dispatched by the district to roads, with greening assisting, on the western subdistrict's ground. */
const assisted = filed().give(people.dispatcher, 'assign', {
  unitId: 'roads',
  assists: [{ unitId: 'greening' }],
}).incident;
const west = filedInWest().incident;

const ids = (verb: Verb, incident = assisted): string[] =>
  everybody.filter((person) => may(person, verb, incident)).map((person) => person.id);

describe('who may see a case', () => {
  const readers = (incident = assisted) =>
    everybody.filter((p) => mayRead(p, incident)).map((p) => p.id);

  it('is everybody of the area and the units it concerns, nobody else', () => {
    const seen = readers();
    for (const id of ['clerk', 'auditor', 'west-clerk', 'roads-member', 'greening-leader']) {
      expect(seen).toContain(id);
    }
    for (const id of ['east-clerk', 'gas-leader', 'west-cleaning-leader', 'west-grid', 'citizen']) {
      expect(seen).not.toContain(id);
    }
  });

  it('is the grid’s own worker and the citizen who reported it', () => {
    const inGrid = story().report({ location: places.grid }, people.citizen).incident;
    expect(readers(inGrid)).toEqual(expect.arrayContaining(['west-grid', 'citizen']));
    expect(readers(inGrid)).not.toContain('west-other-grid');
    expect(readers(inGrid)).not.toContain('other-citizen');
  });

  it('of a disputed place is both subdistricts', () => {
    const disputed = story().report({ location: places.boundary }).incident;
    expect(readers(disputed)).toEqual(expect.arrayContaining(['west-clerk', 'east-clerk']));
  });
});

const district = ['supervisor', 'other-supervisor'];
const dispatchers = ['dispatcher', 'other-dispatcher'];
// Whose turn it is the application says.
const approvers = ['clerk', ...dispatchers, ...district, 'verifier', 'contractors-verifier'];

describe('who may do what with a case of the district', () => {
  it.each<[Verb, string[]]>([
    ['file', ['clerk', ...district]],
    ['request-fact-check', ['clerk', ...district]],
    ['merge', ['clerk', ...district]],
    ['decline', ['clerk', ...district]],
    ['transfer', ['clerk', ...district]],
    ['answer', ['seat', 'clerk', ...district]],
    ['assign', [...dispatchers, ...district]],
    ['pass-down', [...dispatchers, ...district]],
    ['escalate', [...dispatchers, ...district]],
    ['take-up', [...dispatchers, ...district]],
    ['rule-return', [...dispatchers, ...district]],
    ['cancel', [...dispatchers, ...district]],
    ['decide-cancel', approvers],
    ['decide-decline', approvers],
    ['decide-forced-close', approvers],
    ['receive', ['roads-leader', 'roads-member', 'greening-leader', 'greening-member']],
    ['assign-crew', ['roads-leader', 'roads-member']],
    ['contact', ['roads-leader', 'roads-member', 'greening-leader', 'greening-member']],
    ['return', ['roads-leader']],
    ['recall', [...dispatchers, ...district]],
    ['request-extension', ['roads-leader', 'roads-member']],
    ['decide-extension', [...dispatchers, ...district, 'roads-leader']],
    ['request-suspension', ['roads-leader', 'roads-member']],
    ['decide-suspension', [...dispatchers, ...district, 'roads-leader']],
    ['resume', [...dispatchers, ...district, 'roads-leader']],
    ['finish', ['roads-leader', 'roads-member', 'greening-leader', 'greening-member']],
    ['confirm', ['roads-leader']],
    ['send-back', ['roads-leader']],
    ['check', ['verifier', 'west-verifier', 'contractors-verifier']],
    ['call-back', ['seat', 'clerk', ...district, 'verifier', 'contractors-verifier']],
    ['order-rework', ['clerk', ...district, 'verifier', 'contractors-verifier']],
    ['close', ['clerk', ...district]],
    ['reopen', ['clerk', ...district, 'evaluator']],
    ['archive', [...district, 'evaluator']],
    ['unmerge', ['clerk', ...district]],
    ['supervise', [...district, 'leader']],
    ['withdraw-supervision', [...district, 'leader']],
    ['amend', ['clerk', ...dispatchers, ...district]],
  ])('%s: %j and nobody else', (verb, allowed) => {
    expect(ids(verb).sort()).toEqual([...allowed].sort());
  });
});

describe('who may do what with a subdistrict’s own case', () => {
  it('is its own people; the district steps in where it may', () => {
    expect(ids('assign', west)).toEqual([
      'west-dispatcher',
      'west-supervisor',
      'west-other-supervisor',
    ]);
    expect(ids('file', west)).toEqual(['west-clerk', 'west-supervisor', 'west-other-supervisor']);
    expect(ids('take-up', west)).toEqual(expect.arrayContaining(['dispatcher', 'supervisor']));
    expect(ids('supervise', west)).toEqual(expect.arrayContaining(['leader', 'west-leader']));
    for (const verb of verbs) {
      expect(ids(verb, west).filter((id) => id.startsWith('east-'))).toEqual([]);
    }
  });
});

describe('authorize', () => {
  const refusal = (run: () => void): unknown => {
    try {
      run();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('says of what one may not see that it is not there, of the rest that it is forbidden', () => {
    expect(refusal(() => authorize(people.eastClerk, 'note', assisted))).toMatchObject({
      code: 'INCIDENT_NOT_FOUND',
    });
    expect(refusal(() => authorize(people.auditor, 'note', assisted))).toMatchObject({
      code: 'NOT_PERMITTED',
    });
    expect(refusal(() => authorize(people.clerk, 'note', assisted))).toBeUndefined();
  });

  it('lets nobody but the loop itself ask', () => {
    for (const person of everybody) {
      expect(may(person, 'absorb', assisted)).toBe(false);
      expect(may(person, 'conclude-merge', assisted)).toBe(false);
      expect(may(person, 'release', assisted)).toBe(false);
      expect(may(person, 'conclude-unmerge', assisted)).toBe(false);
    }
  });

  it('denies who has no role, and knows every verb', () => {
    const nobody = { ...people.clerk, roles: [] };
    for (const verb of verbs) {
      expect(may(nobody, verb, assisted)).toBe(false);
      expect(permissions[verb].every((role) => roles.includes(role))).toBe(true);
    }
  });
});

describe('commandsFor', () => {
  it('offers only what the caller may do, and nothing to who cannot see it', () => {
    for (const incident of [assisted, west, confirmed().incident]) {
      for (const person of everybody) {
        for (const verb of commandsFor(person, incident))
          expect(may(person, verb, incident)).toBe(true);
      }
    }
    expect(commandsFor(people.eastClerk, assisted)).toEqual([]);
    expect(commandsFor(people.roadsMember, assisted)).toContain('receive');
    expect(commandsFor(people.roadsMember, assisted)).not.toContain('finish');
  });
});
