import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aPathStep } from '../../test/builders/verdict.ts';
import { DEFAULT_POLICY } from '../config/policy.ts';
import type { Check } from '../checks/check.ts';
import type { Problem } from '../model/finding.ts';
import type { Policy } from '../model/policy.ts';
import { compareSides, judge, judgeContext, unknownsText } from './judge.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const OBJECT = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'it' };

function aProblem(given: Partial<Problem> = {}): Problem {
  return {
    side: 'merged',
    rule: 'rbac/some-rule',
    alias: '',
    severity: 'critical',
    enforcement: 'threshold',
    app: 'app',
    object: OBJECT,
    pointer: '',
    key: 'k',
    facets: ['a'],
    message: 'm',
    why: 'w',
    fix: 'f',
    ...given,
  };
}

const context = (policy: Partial<Policy> = {}) => judgeContext([], { ...DEFAULT_POLICY, ...policy }, NOW);
const statuses = (problems: readonly Problem[]) => compareSides(problems, context()).map(({ status }) => status);

const on = (side: Problem['side'], some: readonly Partial<Problem>[]) => some.map((one) => aProblem({ ...one, side }));
const fresh = (base: readonly Partial<Problem>[], merged: readonly Partial<Problem>[]) =>
  statuses([...on('base', base), ...on('merged', merged)]).filter((status) => status === 'new').length;
const richer = (some: readonly { readonly key: string; readonly facets: readonly string[] }[]) =>
  some.map((one) => ({ ...one, facets: [...one.facets, 'd'] }));
const waiver = (expires: string) => ({
  rule: 'rbac/some-rule',
  object: { kind: 'Secret', name: 'it' },
  owner: 'team',
  reason: 'because',
  expires,
});
const aCheck = (given: Partial<Check>): Check => ({
  id: 'rbac',
  title: 'RBAC',
  looksAt: () => true,
  run: () => Promise.resolve([]),
  ...given,
});

test('a finding keeps the way that leads to it', () => {
  const path = [aPathStep()];
  expect(compareSides([aProblem({ path })], context())[0]?.path).toBe(path);
  expect(compareSides([aProblem()], context())[0]).not.toHaveProperty('path');
});

describe('new, existing and fixed', () => {
  test.each<
    readonly [
      name: string,
      base: readonly Partial<Problem>[],
      merged: readonly Partial<Problem>[],
      found: readonly string[],
    ]
  >([
    ['only in the merge result', [], [{}], ['new']],
    ['only in the base', [{}], [], ['fixed']],
    ['in both', [{}], [{}], ['existing']],
    ['one more fact', [{ facets: ['a'] }], [{ facets: ['a', 'b'] }], ['new']],
    ['one fact less', [{ facets: ['a', 'b'] }], [{ facets: ['a'] }], ['existing']],
    [
      'facts of two places put together',
      [{ facets: ['a'] }, { facets: ['b'] }],
      [{ facets: ['a', 'b'] }],
      ['existing'],
    ],
    ['another key', [{ key: 'k' }], [{ key: 'l' }], ['new', 'fixed']],
    ['another app', [{ app: 'app' }], [{ app: 'other' }], ['new', 'fixed']],
    ['another object', [{}], [{ object: { ...OBJECT, name: 'other' } }], ['new', 'fixed']],
    ['another rule', [{}], [{ rule: 'rbac/other' }], ['new', 'fixed']],
  ])('%s', (_, base, merged, found) => {
    const problems = [...base.map((one) => aProblem({ ...one, side: 'base' })), ...merged.map((one) => aProblem(one))];
    expect(statuses(problems)).toEqual(found);
  });

  const shape = fc.record({
    key: fc.constantFrom('k', 'l', 'm'),
    facets: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
  });
  const shapes = fc.uniqueArray(shape, { selector: ({ key }) => key });

  test('equal sides have nothing new and nothing fixed; the mirror of what is gone is new', () => {
    fc.assert(
      fc.property(shapes, shapes, (left, right) => {
        expect(statuses([...on('base', left), ...on('merged', left)]).every((status) => status === 'existing')).toBe(
          true,
        );
        const gone = compareSides([...on('base', left), ...on('merged', right)], context());
        const come = compareSides([...on('base', right), ...on('merged', left)], context());
        const fixed = gone.filter(({ status }) => status === 'fixed').length;
        const known = new Set(right.map(({ key }) => key));
        expect(fixed).toBe(left.filter(({ key }) => !known.has(key)).length);
        expect(come.filter(({ status }) => status === 'new').length).toBeGreaterThanOrEqual(fixed);
      }),
    );
  });

  test('a fact more in the merge result never makes less of it new, a fact more in the base never more', () => {
    fc.assert(
      fc.property(shapes, shapes, (base, merged) => {
        expect(fresh(base, richer(merged))).toBeGreaterThanOrEqual(fresh(base, merged));
        expect(fresh(richer(base), merged)).toBeLessThanOrEqual(fresh(base, merged));
      }),
    );
  });
});

describe('what blocks', () => {
  test.each<readonly [name: string, problem: Partial<Problem>, policy: Partial<Policy>, blocks: boolean]>([
    [
      'rbac from the severity of the policy',
      { severity: 'high' },
      { rbac: { ...DEFAULT_POLICY.rbac, block: 'high' } },
      true,
    ],
    ['rbac just below it', { severity: 'medium' }, { rbac: { ...DEFAULT_POLICY.rbac, block: 'high' } }, false],
    ['another family from critical', { rule: 'images/x', severity: 'critical' }, {}, true],
    [
      'another family below critical',
      { rule: 'images/x', severity: 'high' },
      { rbac: { ...DEFAULT_POLICY.rbac, block: 'low' } },
      false,
    ],
    ['what policy demands, whatever its severity', { severity: 'info', enforcement: 'required' }, {}, true],
    ['advice, whatever its severity', { severity: 'critical', enforcement: 'advice' }, {}, false],
  ])('%s', (_, problem, policy, blocks) => {
    expect(compareSides([aProblem(problem)], context(policy))[0]?.blocking).toBe(blocks);
  });

  test('what policy names blocks whatever its severity, and says by which entry', () => {
    const rbac = { ...DEFAULT_POLICY.rbac, blockWhere: [{ effects: ['rbac/x'] }, { effects: ['rbac/some-rule'] }] };
    const advice = aProblem({ severity: 'info', enforcement: 'advice' });
    const [found] = compareSides([advice], context({ rbac }));
    expect(found).toMatchObject({ blocking: true, why: 'w Policy blocks it by rbac.blockWhere[1].' });
    const [other] = compareSides([{ ...advice, rule: 'images/some-rule' }], context({ rbac }));
    expect(other).toMatchObject({ blocking: false, why: 'w' });
    const [allowed] = compareSides([advice], context({ rbac, waivers: [waiver('2026-06-01')] }));
    expect(allowed).toMatchObject({ blocking: false });
  });

  test('a standing decision holds for the object of that cluster, and says who made it', () => {
    const object = { kind: 'Secret', name: 'it', group: '', namespace: 'shop', cluster: '' };
    const allow = [{ rule: 'rbac/some-rule', object, owner: 'team', reason: 'because' }];
    const blockWhere = [{ effects: ['rbac/some-rule'] }];
    const [held] = compareSides([aProblem()], context({ rbac: { block: 'critical', blockWhere, allow } }));
    expect(held).toMatchObject({ blocking: false, waivedBy: 'team: because (rbac.allow)' });
    const elsewhere = [{ ...allow[0], object: { ...object, cluster: 'a' } }] as typeof allow;
    const [free] = compareSides([aProblem()], context({ rbac: { block: 'critical', blockWhere, allow: elsewhere } }));
    expect(free).toMatchObject({ blocking: true });
  });

  test('a waiver holds to the end of its day, and says who gave it', () => {
    const [held] = compareSides([aProblem()], context({ waivers: [waiver('2026-06-01')] }));
    expect(held).toMatchObject({ blocking: false, waivedBy: 'team: because (until 2026-06-01)' });
    const [over] = compareSides([aProblem()], context({ waivers: [waiver('2026-05-31')] }));
    expect(over).toMatchObject({ blocking: true });
    expect(over).not.toHaveProperty('waivedBy');
  });
});

describe('the outcome of a check', () => {
  const worlds = { apps: [], manifests: [] };
  const input = {
    base: { side: 'base', ...worlds },
    merged: { side: 'merged', ...worlds },
    policy: DEFAULT_POLICY,
  } as const;

  test.each<readonly [name: string, check: Partial<Check>, status: string]>([
    ['nothing found', {}, 'passed'],
    ['something that blocks', { run: () => Promise.resolve([aProblem()]) }, 'failed'],
    ['nothing to look at', { looksAt: () => false }, 'skipped'],
    ['a throw', { run: () => Promise.reject(new Error('no')) }, 'errored'],
    [
      'a throw before anything is looked at',
      {
        looksAt: () => {
          throw new Error('no');
        },
      },
      'errored',
    ],
  ])('%s', async (_, check, status) => {
    expect((await judge(aCheck(check), input, context(), AbortSignal.any([]))).outcome.status).toBe(status);
  });

  test('the end of the run is no outcome of the check', async () => {
    const check = aCheck({ run: () => Promise.reject(new Error('no')) });
    await expect(judge(check, input, context(), AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

describe('what a check could not look at', () => {
  const input = {
    base: { side: 'base', apps: [], manifests: [] },
    merged: { side: 'merged', apps: [], manifests: [] },
    policy: DEFAULT_POLICY,
  } as const;
  const judged = (given: Partial<Check>) => judge(aCheck(given), input, context(), new AbortController().signal);

  test('is not passed, and keeps the findings that do not block', async () => {
    const advice = aProblem({ enforcement: 'advice' });
    const { outcome, findings } = await judged({
      run: () => Promise.resolve([advice]),
      unknowns: () => ['a did not answer', 'b did not answer'],
    });
    expect(outcome).toEqual({ status: 'errored', reason: 'a did not answer; b did not answer' });
    expect(findings).toHaveLength(1);
  });

  test('leaves what failed failed, and is told apart', async () => {
    const { outcome, unknowns } = await judged({
      run: () => Promise.resolve([aProblem()]),
      unknowns: () => ['a did not answer'],
    });
    expect([outcome.status, unknowns]).toEqual(['failed', ['a did not answer']]);
  });

  test('is nothing where there is none', async () => {
    expect((await judged({ unknowns: () => [] })).outcome.status).toBe('passed');
  });

  test('is not thrown away with an error', async () => {
    const { outcome } = await judged({
      unknowns: () => {
        throw new Error('no');
      },
    });
    expect(outcome).toEqual({ status: 'errored', reason: 'no' });
  });
});

test('a long list of what is unknown is counted', () => {
  const all = Array.from({ length: 23 }, (_, index) => `u${index}`);
  expect(unknownsText(all).split('; ')).toEqual([...all.slice(0, 20), 'and 3 more']);
  expect(unknownsText(all.slice(0, 20)).split('; ')).toHaveLength(20);
});
