import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const git = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
const files = execFileSync('git', git, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e8 })
  .split('\0')
  .filter((name) => name !== '' && existsSync(join(ROOT, name)));
const sources = files.filter((name) => /^(src|workers|test|bench|scripts|examples)\/.*\.(ts|mjs)$/.test(name));

/** Names that say nothing of what is inside (a folder is named after the flow, a type after the domain). */
const EMPTY_NAMES = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|managers?|services?)(?:\/|$)/i;

/** Each with what to do instead. The pattern is put together here, so that this file does not hold the word itself. */
const WORDS: readonly (readonly [string, RegExp])[] = [
  ['a pragma that hides code from coverage: test it', new RegExp(['(?:c8|v8|istanbul)', 'ignore'].join(' '))],
  ['a note without an issue: write its link', new RegExp(`\\b(?:${['TO', 'FIX'].join('DO|')}ME)\\b(?!.*https?://)`)],
  ['a check that TypeScript is told to skip', new RegExp(['@ts', '(?:ignore|nocheck|expect-error)'].join('-'))],
  ['a test that runs alone', new RegExp([String.raw`\b(?:test|describe)`, String.raw`only\(`].join(String.raw`\.`))],
];

describe('the repository holds no', () => {
  test('folder whose name says nothing', () => {
    const folders = new Set(
      files.filter((name) => /^(src|workers|test|scripts|engine)\//.test(name)).map((name) => dirname(name)),
    );
    expect(
      [...folders].filter(
        (name) => EMPTY_NAMES.test(name) && !name.includes('/testdata') && !name.startsWith('test/golden/'),
      ),
    ).toEqual([]);
  });

  test.each(WORDS)('%s', (_, word) => {
    const found = sources.filter((name) => word.test(readFileSync(join(ROOT, name), 'utf8')));
    expect(found).toEqual([]);
  });

  test('link between its pages that leads nowhere', () => {
    const pages = files.filter((name) =>
      /^(?:README|CHANGELOG|docs\/.*|engine\/README|examples\/README)\.md$|^docs\/.*\.md$/.test(name),
    );
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
