import { describe, expect, test } from '@jest/globals';
import { aFinding, anAppResult, aVerdict } from '../../test/builders/verdict.ts';
import type { Verdict } from '../model/verdict.ts';
import { tallyOf } from './tally.ts';
import { aside, counted, listed, nextStep, placeWords, subjectWords, titleOf } from './wording.ts';

const errored = anAppResult({ id: 'broken', outcome: 'errored', reason: 'no' });
const advice = aFinding({ blocking: false });

describe('the title', () => {
  test.each<readonly [string, Partial<Verdict>]>([
    ['Passed: 1 app, 1 object changed', {}],
    [
      'Passed: 1 app, no object changes',
      { apps: [anAppResult({ objects: { added: 0, changed: 0, removed: 0, total: 1 } })] },
    ],
    ['Passed: 1 app, 1 object changed, 1 remark', { findings: [advice] }],
    [
      'Passed: 2 apps, 1,204 objects changed',
      { apps: [anAppResult({ objects: { added: 1200, changed: 2, removed: 1, total: 9 } }), anAppResult()] },
    ],
    [
      'Passed: 1 app, 1 object changed',
      { findings: [aFinding({ status: 'existing' }), aFinding({ blocking: false, waivedBy: 'x' })] },
    ],
    ['No manifests changed', { apps: [] }],
    ['No manifests changed', { apps: [anAppResult({ change: 'unchanged', outcome: 'skipped' })] }],
    ['No manifests changed, 1 remark', { apps: [], findings: [advice] }],
    ['1 blocking finding in 1 app', { conclusion: 'failed', findings: [aFinding()] }],
    [
      '2 blocking findings in 1 app',
      { conclusion: 'failed', findings: [aFinding(), aFinding({ pointer: '/x' }), advice] },
    ],
    ['2 blocking findings in 2 apps', { conclusion: 'failed', findings: [aFinding(), aFinding({ app: 'other' })] }],
    ['1 blocking finding', { conclusion: 'failed', findings: [aFinding({ app: '' })] }],
    [
      '1 blocking finding in 1 app; could not be checked: 1 of 2 apps',
      { conclusion: 'failed', findings: [aFinding()], apps: [anAppResult(), errored] },
    ],
    ['Failed: rbac', { conclusion: 'failed', checks: [{ id: 'rbac', outcome: 'failed', reason: '' }] }],
    [
      'Could not be checked: 1 of 2 apps',
      {
        conclusion: 'errored',
        apps: [anAppResult(), errored],
        checks: [{ id: 'render', outcome: 'errored', reason: '' }],
      },
    ],
    [
      'Could not be checked: check merge',
      { conclusion: 'errored', apps: [], checks: [{ id: 'merge', outcome: 'errored', reason: '' }] },
    ],
    [
      'Could not be checked: 1 of 1 app and checks rbac and images',
      {
        conclusion: 'errored',
        apps: [errored],
        checks: ['render', 'rbac', 'images'].map((id) => ({ id, outcome: 'errored' as const, reason: '' })),
      },
    ],
    ['Could not be checked: nothing was judged', { conclusion: 'errored', apps: [], checks: [] }],
  ])('%s', (title, given) => {
    const verdict = aVerdict(given);
    expect(titleOf(verdict, tallyOf(verdict))).toBe(title);
  });
});

test.each<readonly [string, Partial<Verdict>]>([
  ['There is nothing to do.', {}],
  ['Nothing blocks; the remarks below are worth a look.', { findings: [advice] }],
  ['Fix the blocking findings below, or have them accepted by a waiver on the base branch.', { conclusion: 'failed' }],
  [
    'What could not be checked is never green. The reasons are below; resolve them and run the check again.',
    { conclusion: 'errored' },
  ],
])('what to do: %s', (sentence, given) => {
  const verdict = aVerdict(given);
  expect(nextStep(verdict, tallyOf(verdict))).toBe(sentence);
});

test.each([
  ['', []],
  ['Besides, 2 findings existed before; none of these blocks.', ['existing', 'existing']],
  [
    'Besides, 1 finding existed before and 2 are fixed by this change; none of these blocks.',
    ['existing', 'fixed', 'fixed'],
  ],
] as const)('aside: %s', (sentence, statuses) => {
  expect(aside(tallyOf(aVerdict({ findings: statuses.map((status) => aFinding({ status })) })))).toBe(sentence);
});

test('numbers and lists read as English', () => {
  expect([counted(0, 'app'), counted(1, 'app'), counted(12_000, 'app')]).toEqual(['0 apps', '1 app', '12,000 apps']);
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
});

test('a message that names its object is not told whose it is', () => {
  expect(subjectWords(aFinding())).toBe('ClusterRole deployer');
  expect(subjectWords(aFinding({ message: 'ClusterRole `deployer` may do all.' }))).toBe('');
  expect(subjectWords(aFinding({ message: 'The deployers do all.' }))).toBe('ClusterRole deployer');
  expect(subjectWords(aFinding({ object: null }))).toBe('');
});

test('a place is a file and its lines', () => {
  expect(placeWords({ location: null })).toBe('');
  expect(placeWords({ location: { file: 'a.yaml', line: 3, endLine: 3 } })).toBe('a.yaml:3');
  expect(placeWords({ location: { file: 'a.yaml', line: 3, endLine: 5 } })).toBe('a.yaml:3-5');
});
