import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  aDifference,
  aFinding,
  anAppResult,
  anObjectChange,
  aPathStep,
  aVerdict,
} from '../../test/builders/verdict.ts';
import type { Verdict } from '../model/verdict.ts';
import { verdictFormat } from './index.ts';
import { json } from './json.ts';

function read(verdict: Verdict): Verdict {
  return JSON.parse(json(verdict)) as Verdict;
}

describe('the contract', () => {
  const report = read(
    aVerdict({
      findings: [aFinding()],
      images: [{ ref: 'a', digest: null, status: 'verified', signer: 's', apps: [] }],
      lock: [{ kind: 'helm', ref: 'a', resolved: 'b', digest: 'c' }],
    }),
  );

  test.each([
    [
      'the verdict',
      report,
      [
        'schema',
        'conclusion',
        'base',
        'head',
        'tree',
        'versions',
        'apps',
        'changes',
        'checks',
        'findings',
        'images',
        'lock',
        'notes',
        'timings',
      ],
    ],
    [
      'an app',
      report.apps[0],
      ['id', 'kind', 'name', 'namespace', 'cluster', 'path', 'change', 'outcome', 'reason', 'objects'],
    ],
    ['its objects', report.apps[0]?.objects, ['added', 'changed', 'removed', 'total']],
    ['a change', report.changes[0], ['app', 'change', 'object', 'differences']],
    ['a difference', report.changes[0]?.differences[0], ['pointer', 'path', 'before', 'after', 'noise']],
    ['a check', report.checks[0], ['id', 'outcome', 'reason']],
    [
      'a finding',
      report.findings[0],
      [
        'rule',
        'alias',
        'severity',
        'blocking',
        'status',
        'app',
        'object',
        'pointer',
        'message',
        'why',
        'fix',
        'location',
      ],
    ],
    ['its object', report.findings[0]?.object, ['apiVersion', 'kind', 'namespace', 'name']],
    ['its location', report.findings[0]?.location, ['file', 'line', 'endLine']],
    ['an image', report.images[0], ['ref', 'digest', 'status', 'signer', 'apps']],
    ['an entry of the lock', report.lock[0], ['kind', 'ref', 'resolved', 'digest']],
  ])('%s has these members, in this order', (_, part, members) => {
    expect(Object.keys(part ?? {})).toEqual(members);
  });

  test('a finding at the end of a way has the way, and another one does not', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' };
    const location = { file: 'web.yaml', line: 3, endLine: 3 };
    const step = aPathStep({ object, location });
    const path = [step, { ...step, app: '', object: null, location: null }];
    const leaking = path.map((one) => ({ ...one, secret: 'canary' }));
    const { findings } = read(aVerdict({ findings: [aFinding({ path: leaking }), aFinding({ pointer: '/z' })] }));
    expect(findings[0]?.path).toStrictEqual(path);
    expect(findings[1]).not.toHaveProperty('path');
  });

  test('null says that there is none', () => {
    const [finding] = read(aVerdict({ findings: [aFinding({ object: null, location: null })] })).findings;
    expect([finding?.object, finding?.location]).toEqual([null, null]);
  });

  test('a waived finding names its waiver', () => {
    expect(read(aVerdict({ findings: [aFinding({ waivedBy: 'x' })] })).findings[0]).toMatchObject({ waivedBy: 'x' });
  });

  test('a value that is not there is left out, one that is null is not', () => {
    const differences = [{ pointer: '/a', path: 'a', after: null, noise: false }];
    expect(read(aVerdict({ changes: [anObjectChange({ differences })] })).changes[0]?.differences).toEqual(differences);
  });

  test('what is no part of the contract does not leak into it', () => {
    const app = { ...anAppResult(), secret: 'canary' };
    expect(json(aVerdict({ apps: [app] }))).not.toContain('canary');
  });

  test('it ends with a line break', () => {
    expect(json(aVerdict())).toMatch(/\}\n$/);
  });
});

const one = aFinding().object;
const named = (name: string) => one && { ...one, name };

test.each([
  ['app', aFinding({ app: 'a' }), aFinding({ app: 'b', object: null })],
  ['object', aFinding({ object: named('a') }), aFinding({ object: named('b'), rule: 'a/a' })],
  ['rule', aFinding({ rule: 'a/a', pointer: '/z' }), aFinding({ rule: 'b/a', pointer: '/a' })],
  ['pointer', aFinding({ pointer: '/a', message: 'z' }), aFinding({ pointer: '/b', message: 'a' })],
])('findings are sorted by %s', (_, first, second) => {
  expect(read(aVerdict({ findings: [second, first] })).findings).toEqual([first, second]);
});

test('the order in which things were found makes no difference', () => {
  const verdict = aVerdict({
    apps: ['a', 'b', 'c'].map((id) => anAppResult({ id })),
    findings: ['a', 'b', 'c'].map((app) => aFinding({ app })),
    changes: ['a', 'b', 'c'].map((app) =>
      anObjectChange({ app, differences: ['x', 'y'].map((path) => aDifference({ path })) }),
    ),
    images: ['a', 'b', 'c'].map((ref) => ({ ref, digest: null, status: 'verified', signer: null, apps: ['y', 'x'] })),
    lock: ['a', 'b', 'c'].map((ref) => ({ kind: 'git', ref, resolved: '', digest: '' })),
    versions: { a: '1', b: '2', c: '3' },
  });
  const orders = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
  fc.assert(
    fc.property(orders, (order) => {
      const mixed = <T>(items: readonly T[]) => order.flatMap((index) => items.slice(index, index + 1));
      const { apps, findings, changes, images, lock, versions } = verdict;
      const shuffled = {
        apps: mixed(apps),
        findings: mixed(findings),
        changes: mixed(changes),
        images: mixed(images),
        lock: mixed(lock),
      };
      expect(json({ ...verdict, ...shuffled, versions: Object.fromEntries(mixed(Object.entries(versions))) })).toBe(
        json(verdict),
      );
    }),
  );
});

test('secrets in sentences are masked in every format', () => {
  const token = `ghs_${'a1B2'.repeat(9)}`;
  const reason = `helm said: password: hunter2, and ${token}`;
  const verdict = aVerdict({
    apps: [anAppResult({ outcome: 'errored', reason })],
    checks: [{ id: 'rbac', outcome: 'errored', reason }],
    findings: [
      aFinding({
        message: reason,
        why: reason,
        fix: reason,
        path: [aPathStep({ from: reason, to: reason, text: reason })],
      }),
    ],
    notes: [reason],
  });
  for (const name of ['text', 'json', 'markdown']) {
    const printed = verdictFormat(name)?.(verdict, { color: false }) ?? token;
    expect(printed).not.toContain('hunter2');
    expect(printed).not.toContain('ghs_');
  }
});
