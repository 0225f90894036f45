import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { coversGlob, matchesGlob } from './glob.ts';

describe('matchesGlob', () => {
  test.each<[string, string, boolean]>([
    ['docs/readme.md', 'docs/readme.md', true],
    ['docs/readme.md', 'docs/README.md', false],
    ['docs/*', 'docs/readme.md', true],
    ['docs/*', 'docs/', true],
    ['docs/*', 'docs', false],
    ['docs/*', 'docs/a/b.md', false],
    ['docs/**', 'docs/a/b.md', true],
    ['docs/**', 'docs', false],
    ['docs/**', 'mydocs/a', false],
    ['docs', 'docs/a', false],
    ['**/b.md', 'docs/a/b.md', true],
    ['**/b.md', 'b.md', false],
    ['***', 'a/b', true],
    ['a/*/c', 'a/b/c', true],
    ['a/*/c', 'a/b/b/c', false],
    ['a/**/c', 'a/b/b/c', true],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'a\nb', true],
    ['a.c', 'abc', false],
    ['[ab]?(c)+$^|\\d{2}', '[ab]?(c)+$^|\\d{2}', true],
    ['[ab]', 'a', false],
    ['?', 'a', false],
    ['{a,b}', 'a', false],
    ['☃*', '☃🐳', true],
  ])('%j against %j is %j', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });
});

test.each([
  ['*.trusted.example.com/org/*', 'attacker.com/x.trusted.example.com/org/m'],
  ['*.trusted.example.com/org/*', 'attacker.com#x.trusted.example.com/org/m/n'],
  ['ghcr.io/**', 'evil.example/ghcr.io/acme/web'],
])('P-A8: a pattern of one host, %j, does not reach another one, %j', (glob, text) => {
  expect(matchesGlob(glob, text)).toBe(false);
});

test('P-A7: no pattern is a regular expression, and many wildcards end', () => {
  expect(matchesGlob('(a+)+$', `${'a'.repeat(28)}!`)).toBe(false);
  expect(matchesGlob('**a'.repeat(60), `${'a'.repeat(300)}b`)).toBe(false);
});

const aGlob = fc.array(fc.constantFrom('a', 'b', '/', '*', '**', '.'), { maxLength: 7 }).map((parts) => parts.join(''));
const aText = fc.array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 7 }).map((parts) => parts.join(''));

/** What the words say, tried in every way: exponential, and obviously right. */
function naive(glob: string, text: string): boolean {
  const wildcard = /^\*{1,2}/.exec(glob)?.[0] ?? '';
  if (wildcard === '') return glob === '' ? text === '' : glob[0] === text[0] && naive(glob.slice(1), text.slice(1));
  const more = text !== '' && (wildcard === '**' || !text.startsWith('/'));
  return naive(glob.slice(wildcard.length), text) || (more && naive(glob, text.slice(1)));
}

test('a glob matches what trying every way would match', () => {
  fc.assert(
    fc.property(aGlob, aText, (glob, text) => expect(matchesGlob(glob, text)).toBe(naive(glob, text))),
    { numRuns: 2000 },
  );
});

test('a text without wildcards matches itself and nothing else', () => {
  const literal = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('*', ''));
  fc.assert(fc.property(literal, literal, (glob, text) => expect(matchesGlob(glob, text)).toBe(glob === text)));
});

/** Backtracking would need longer than the universe is old; the test would never end. */
test('patterns that make others backtrack are answered', () => {
  expect(matchesGlob('*a'.repeat(200), 'a'.repeat(5000) + 'b')).toBe(false);
  expect(matchesGlob('**/*'.repeat(100), 'a/'.repeat(2000))).toBe(true);
  expect(matchesGlob(`${'**a*'.repeat(60)}/x`, 'a'.repeat(2000))).toBe(false);
  expect(matchesGlob('(a+)+$', `${'a'.repeat(100_000)}!`)).toBe(false);
});

describe('coversGlob', () => {
  test.each<[string, string, boolean]>([
    ['**', 'anything/**', true],
    ['ghcr.io/acme/**', 'ghcr.io/acme/*', true],
    ['ghcr.io/acme/*', 'ghcr.io/acme/**', false],
    ['ghcr.io/acme/*', 'ghcr.io/acme/shop', true],
    ['ghcr.io/acme/*', 'ghcr.io/acme/shop/web', false],
    ['ghcr.io/acme/*', 'ghcr.io/acme/*-web', true],
    ['ghcr.io/acme/*-web', 'ghcr.io/acme/*', false],
    ['ghcr.io/acme/**', 'ghcr.io/**', false],
    ['docs/**', 'docs/**', true],
    ['docs/**', 'doc*/**', false],
    ['a*', 'a', true],
    ['a', 'a*', false],
  ])('%j covers %j: %j', (wide, narrow, expected) => {
    expect(coversGlob(wide, narrow)).toBe(expected);
  });

  test('what a covered glob matches, the covering one matches', () => {
    fc.assert(
      fc.property(aGlob, aGlob, aText, (wide, narrow, text) => {
        fc.pre(coversGlob(wide, narrow) && matchesGlob(narrow, text));
        expect(matchesGlob(wide, text)).toBe(true);
      }),
      { numRuns: 2000, maxSkipsPerRun: 1000 },
    );
  });

  test('every glob covers itself', () => {
    fc.assert(fc.property(aGlob, (glob) => expect(coversGlob(glob, glob)).toBe(true)));
  });
});
