import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Checked, checkPair, type Clones, cloneAll, isThere, TEST_DATA } from '../../bench/corpora/clones.ts';
import { CORPORA, type KnownChange } from '../../bench/corpora/pairs.ts';
import type { Verdict } from '../../src/model/verdict.ts';

/** Two cold runs over 3,500 files each; a machine that is busy otherwise needs its time. */
const TIMEOUT_MS = 300_000;
const STATUS = { passed: 0, failed: 1, errored: 2 } as const;
const cases = CORPORA.flatMap((corpus) =>
  corpus.pairs.map((pair) => ({ name: `${corpus.prefix} ${pair.number}`, corpus, pair })),
);

function shown({ changes }: Verdict, { change, kind }: KnownChange): number {
  return changes.filter((one) => one.change === change && one.object.kind === kind).length;
}

function withoutTimings({ output }: Checked): string {
  return output.replace(/"timings": \{[^}]*\}/, '');
}

if (isThere()) {
  const opened: { clones?: Clones } = {};
  beforeAll(() => {
    opened.clones = cloneAll();
  }, TIMEOUT_MS);
  afterAll(() => opened.clones?.remove());

  test('all 12 changes of Argo CD apps and 8 of Flux apps are there', () => {
    expect(CORPORA.map(({ prefix, pairs }) => [prefix, pairs.length])).toEqual([
      ['argocd', 12],
      ['flux', 8],
    ]);
  });

  describe.each(cases)('$name', ({ corpus, pair }) => {
    test(
      'is judged without a fault, shows every object that is known to change, and is judged alike again',
      async () => {
        const clones = opened.clones ?? cloneAll();
        const run = () => checkPair(clones, corpus, pair);
        const [first, again] = await Promise.all([run(), run()]);
        expect(first.status).toBe(STATUS[first.verdict.conclusion]);
        for (const known of pair.known) {
          const least = known.count - (known.unseen?.count ?? 0);
          const { change, kind } = known;
          expect({ change, kind, seen: Math.min(shown(first.verdict, known), least) }).toEqual({
            change,
            kind,
            seen: least,
          });
        }
        expect(withoutTimings(again)).toBe(withoutTimings(first));
      },
      TIMEOUT_MS,
    );
  });

  test(
    'a change without a difference passes and shows nothing',
    async () => {
      const clones = opened.clones ?? cloneAll();
      const [corpus, pair] = [CORPORA[1], CORPORA[1]?.pairs.find(({ number }) => number === 122)];
      if (corpus === undefined || pair === undefined) throw new Error('flux 122 is not listed');
      const { status, verdict } = await checkPair(clones, corpus, pair);
      expect({ status, changes: verdict.changes, notes: verdict.notes }).toEqual({
        status: 0,
        changes: [],
        notes: expect.arrayContaining(['The merge changes no file.']),
      });
    },
    TIMEOUT_MS,
  );
} else {
  // oxlint-disable-next-line jest/no-disabled-tests -- said aloud where the public repositories are not there
  test.skip(`changes of public repositories: public test data not there (${TEST_DATA}); set PRESYNC_TEST_DATA`, () => {
    expect(true).toBe(true);
  });
}

test('docs/corpora.md names every change, and everything that is known and not shown', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'corpora.md'), 'utf8');
  for (const { pair } of cases) expect(page).toContain(`| ${pair.number} |`);
  for (const { unseen } of cases.flatMap(({ pair }) => pair.known)) expect(page).toContain(unseen?.reason ?? '');
});
