import { describe, expect, it } from 'vitest';
import { bodyHash, keyId, sameKey, travellingKey } from './keys.ts';

const note = bodyHash('note', 'i', { text: 'a' });
const recall = bodyHash('recall', 'i', { reasonCode: 'wrong-unit' });
const key = keyId('li-clerk', 'k1');

describe('a key in the dossier', () => {
  it('is known again with the same command, and told apart from the same key for another', () => {
    expect(travellingKey(key, note)).toBe(travellingKey(key, note));
    expect(travellingKey(key, note)).not.toBe(travellingKey(key, recall));
    expect(sameKey(travellingKey(key, note), travellingKey(key, recall))).toBe(true);
  });

  it('is nobody else’s with the same words', () => {
    const other = travellingKey(keyId('wang-dispatcher', 'k1'), note);
    expect(sameKey(other, travellingKey(key, note))).toBe(false);
  });
});
