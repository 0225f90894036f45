import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { JsonValue } from '../../model/json.ts';
import type { PolicyAnswers } from '../../model/image-policy.ts';
import type { Manifest } from '../../model/manifest.ts';
import { judge } from '../../pipeline/judge.ts';
import { aManifest, aWorld, SHOP } from '../../../test/builders/manifest.ts';
import { whatIsKnown } from '../../../test/builders/provenance.ts';
import type { NotCounted } from '../check.ts';
import { provenance } from './index.ts';

function kyverno(issuer: string, imageReferences = ['ghcr.io/acme/*']): Manifest {
  const attestors: JsonValue = [{ entries: [{ keyless: { issuer, subject: 'https://github.com/acme/*' } }] }];
  const verifyImages: JsonValue = [{ imageReferences, failureAction: 'Enforce', attestors }];
  const match: JsonValue = { any: [{ resources: { kinds: ['Pod'] } }] };
  return aManifest({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'signed', namespace: '' },
    spec: { rules: [{ name: 'signed', match, verifyImages }] },
  });
}

function cel(text: string): Manifest {
  return aManifest({
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'ImageValidatingPolicy',
    metadata: { name: 'cel', namespace: '' },
    spec: { validations: [{ expression: text }] },
  });
}

const GUARD = kyverno('https://token.actions.githubusercontent.com');

async function judged(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  notCounted: readonly NotCounted[] = [],
  imagePolicies?: PolicyAnswers,
) {
  const worlds = { base: aWorld('base', base), merged: aWorld('merged', merged) };
  const input = { ...worlds, policy: DEFAULT_POLICY, whole: { ...worlds, builtIn: [], notCounted } };
  const context = { policy: DEFAULT_POLICY, now: new Date('2026-11-24T12:00:00Z'), clusterOf: () => 'production' };
  const given = { ...input, provenance: whatIsKnown({}, { imagePolicies }) };
  const { findings, outcome } = await judge(provenance, given, context, new AbortController().signal);
  const shown = findings.map(({ rule, status, blocking, object }) =>
    [rule, status, ...(blocking && status === 'new' ? ['blocking'] : []), object?.name].join(' '),
  );
  return [outcome.status, ...shown];
}

describe('what other tools ask of images', () => {
  test('is not taken away', async () => {
    expect(await judged([GUARD], [])).toEqual(['failed', 'provenance/guard-removed new blocking signed']);
    expect(await judged([GUARD], [kyverno('https://evil.example')])).toEqual([
      'failed',
      'provenance/guard-removed new blocking signed',
    ]);
  });

  test('may stay, come, or ask for more', async () => {
    expect(await judged([GUARD], [GUARD])).toEqual(['passed']);
    expect(await judged([], [GUARD])).toEqual(['passed']);
    const wider = kyverno('https://token.actions.githubusercontent.com', ['ghcr.io/*']);
    expect(await judged([GUARD], [wider])).toEqual(['passed']);
  });

  test('is not taken away by an app that could not be rendered', async () => {
    const broken = { app: SHOP, cluster: 'production', reason: 'it does not render' };
    expect(await judged([GUARD], [], [{ ...broken, side: 'merged' }])).toEqual(['passed']);
    expect((await judged([GUARD], [], [{ ...broken, side: 'base' }]))[0]).toBe('failed');
  });

  test('is said not to be asked where only its own tool can', async () => {
    expect(await judged([], [cel('a')])).toEqual(['passed', 'provenance/guard-unread new cel']);
    expect(await judged([cel('a')], [cel('a')])).toEqual(['passed', 'provenance/guard-unread existing cel']);
  });

  test('is advice where nobody can say whether it is less', async () => {
    expect(await judged([cel('a')], [cel('b')])).toEqual([
      'passed',
      'provenance/guard-removed new cel',
      'provenance/guard-unread existing cel',
    ]);
    expect(await judged([cel('a')], [])).toEqual([
      'failed',
      'provenance/guard-removed new blocking cel',
      'provenance/guard-unread fixed cel',
    ]);
  });

  test('is evaluated, or said not to be', async () => {
    const answers = { of: () => [], wants: () => false };
    const cannot = { object: cel('a').id, app: SHOP, reason: 'it cannot be read' };
    expect(await judged([cel('a')], [cel('a')], [], { ...answers, unread: [] })).toEqual(['passed']);
    expect(await judged([], [cel('a')], [], { ...answers, unread: [] })).toEqual([
      'passed',
      'provenance/guard-unread new cel',
    ]);
    expect(await judged([cel('a')], [cel('a')], [], { ...answers, unread: [cannot] })).toEqual([
      'passed',
      'provenance/guard-unread existing cel',
    ]);
  });
});
