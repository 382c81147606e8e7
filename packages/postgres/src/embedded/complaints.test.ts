import { describe, expect, it } from 'vitest';
import { explain, explainSystem } from './complaints.ts';

describe('explaining why the database did not start', () => {
  it.each([
    ['FATAL:  could not write lock file "postmaster.pid": No space left on device', 'FULL'],
    ['initdb: error: could not create directory "x/base": Read-only file system', 'READ_ONLY'],
    ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'MEMORY'],
    ['FATAL:  lock file "postmaster.pid" already exists', 'IN_USE'],
    ['PANIC:  could not locate a valid checkpoint record at 0/14EB9C0', 'DAMAGED'],
    ['initdb: error: could not look up effective user ID 61234: user does not exist', 'USER'],
    ['FATAL:  unrecognized configuration parameter "shared_bufers"', 'SETTING'],
    ['FATAL:  the moon is in the way', 'START'],
  ])('finds the reason in "%s"', (line, code) => {
    const lines = ['LOG:  starting PostgreSQL 18.4', line, 'LOG:  database system is shut down'];
    expect(explain(lines, '/data')).toMatchObject({ code: `DATA_DIR_${code}` });
  });

  it('does not take what the server merely mentions for the reason', () => {
    const lines = ['LOG:  invalid record length at 0/1: expected at least 24', 'FATAL:  the moon'];
    expect(explain(lines, '/data')).toMatchObject({
      code: 'DATA_DIR_START',
      message: 'the database in /data did not start: the moon',
    });
  });

  it('has a sentence for silence', () => {
    expect(explain([], '/data').message).toContain('it said nothing');
  });

  it('leaves errors alone that are not of the file system', () => {
    const error = new RangeError('something else');
    expect(explainSystem(error, '/data')).toBe(error);
  });
});
