import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const CATALOGUE = join(process.env['PRESYNC_TEST_DATA'] ?? join(ROOT, '..', 'shared'), 'reference', 'attacks.md');

/** Ids of the rows of the section about image provenance: P-A1 to P-G4. */
function idsIn(catalogue: string): readonly string[] {
  const [, section = ''] = /^## 2\.(.*?)(?=^## )/ms.exec(catalogue) ?? [];
  return [...section.matchAll(/^\| (P-[A-G]\d+) \|/gm)].map(([, id = '']) => id);
}

/** Ids in texts of tests: a comment tests nothing. */
function idsInTests(): ReadonlySet<string> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.test.ts'];
  const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e8 }).split('\0');
  const there = files.filter((name) => name !== '' && existsSync(join(ROOT, name)));
  return new Set(there.flatMap((name) => namedIn(readFileSync(join(ROOT, name), 'utf8'))));
}

function namedIn(source: string): readonly string[] {
  const lines = source.split('\n').filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line));
  const texts = lines.flatMap((line) => line.match(/'[^']*'|"[^"]*"|`[^`]*`/g) ?? []);
  return texts.flatMap((text) => text.match(/\bP-[A-G]\d+\b/g) ?? []);
}

describe('each way to attack image provenance that is known', () => {
  if (existsSync(CATALOGUE)) {
    const ids = idsIn(readFileSync(CATALOGUE, 'utf8'));
    const named = idsInTests();
    test('is read from the list', () => expect(ids.length).toBeGreaterThanOrEqual(46));
    test.each(ids)('stands in the name of a test: %s', (id) => expect(named).toContain(id));
  } else {
    // oxlint-disable-next-line jest/no-disabled-tests -- said aloud where the list is not there
    test.skip(`is not looked for: public test data not there (${CATALOGUE}); set PRESYNC_TEST_DATA`, () => {
      expect(existsSync(CATALOGUE)).toBe(true);
    });
  }
});

test('an id in a comment is no test', () => {
  // The ids are put together here, so that this file does not name them itself.
  const [one, other] = ['A1', 'B2'].map((row) => `P-${row}`);
  expect(namedIn(`// ${one}\n * '${one}'\ntest('${other}: it', () => {}); // ${one}\n`)).toEqual([other]);
});
