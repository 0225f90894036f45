import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type PolicyRule, uncovered, urlCovers } from '../../src/model/rbac.ts';

interface Cases {
  readonly covers: readonly {
    readonly name: string;
    readonly owner: readonly Partial<PolicyRule>[];
    readonly servant: readonly Partial<PolicyRule>[];
    readonly covered: boolean;
    readonly uncovered: number;
  }[];
  readonly nonResourceURL: readonly { readonly owner: string; readonly requested: string; readonly want: boolean }[];
}

const file = join(process.env['PRESYNC_TEST_DATA'] ?? join('..', 'shared'), 'conformance', 'k8s-covers.json');

function rules(written: readonly Partial<PolicyRule>[]): readonly PolicyRule[] {
  const empty = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  return written.map((rule) => ({ ...empty, ...rule }));
}

if (existsSync(file)) {
  const cases: Cases = JSON.parse(readFileSync(file, 'utf8'));

  test('all 40 cases are there', () => {
    expect([cases.covers.length, cases.nonResourceURL.length]).toEqual([26, 14]);
  });

  test.each(cases.covers)('Kubernetes and presync agree on $name', ({ owner, servant, covered, ...expected }) => {
    const left = uncovered(rules(owner), rules(servant));
    expect({ covered: left.length === 0, uncovered: left.length }).toEqual({ covered, uncovered: expected.uncovered });
  });

  test.each(cases.nonResourceURL)('the URL $owner gives "$requested": $want', ({ owner, requested, want }) => {
    expect(urlCovers(owner, requested)).toBe(want);
  });
} else {
  // oxlint-disable-next-line jest/no-disabled-tests -- said aloud where the public cases are not there
  test.skip(`Kubernetes' own cases of rule comparison: public test data not there (${file}); set PRESYNC_TEST_DATA`, () => {
    expect(true).toBe(true);
  });
}
