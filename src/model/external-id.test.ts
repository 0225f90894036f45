import { describe, expect, test } from '@jest/globals';
import { externalId, parseExternalId } from './external-id.ts';
import { parseCommitSha } from './ids.ts';
import { parseVerdictId, VerdictIdError, verdictId } from './verdict-key.ts';

const head = parseCommitSha('a'.repeat(40));
const base = parseCommitSha('b'.repeat(64));
const rules = '0123456789abcdef';

describe('the external id of a check run', () => {
  test('names head, base, rules and attempt, and leads back to them (A29)', () => {
    const identity = { head, base, rules, attempt: 12 };
    expect(externalId(identity)).toBe(`v1:${head}:${base}:${rules}:12`);
    expect(parseExternalId(externalId(identity))).toEqual(identity);
  });

  test.each([
    ['nothing', ''],
    ['another version', `v2:${head}:${base}:${rules}:1`],
    ['a part too few', `v1:${head}:${base}:${rules}`],
    ['a part too many', `v1:${head}:${base}:${rules}:1:2`],
    ['a short commit', `v1:abc:${base}:${rules}:1`],
    ['attempt 0', `v1:${head}:${base}:${rules}:0`],
    ['a line break behind it', `v1:${head}:${base}:${rules}:1\n`],
  ])('of another form is not ours: %s', (_name, text) => {
    expect(parseExternalId(text)).toBeUndefined();
  });
});

describe('the id of a verdict', () => {
  const key = { installation: 1, repository: 10, head, base, rules, attempt: 1 };
  test.each(['pull/7', `group/${head}`])('leads back to its key: %s', (subject) => {
    expect(parseVerdictId(verdictId({ ...key, subject }))).toEqual({ ...key, subject });
  });

  test('keeps a pull request and a group with one head apart', () => {
    expect(verdictId({ ...key, subject: 'pull/1' })).not.toBe(verdictId({ ...key, subject: `group/${head}` }));
  });

  test.each([
    '',
    'x',
    '1.10.pull-0',
    `1.10.pull-1.${head}.${base}.${rules}.1\n`,
    `1.10.pull-1.main.${base}.${rules}.1`,
  ])('is nothing else: %j', (text) => {
    expect(() => parseVerdictId(text)).toThrow(VerdictIdError);
  });
});
