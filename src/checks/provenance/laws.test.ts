import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Believed, ImageEvidence } from '../../model/provenance.ts';
import { judge } from '../../pipeline/judge.ts';
import {
  aKeySigner,
  anImageRule,
  aProvenance,
  aSignature,
  aSignerRule,
  aWorkflow,
} from '../../../test/builders/believed.ts';
import { aWorld } from '../../../test/builders/manifest.ts';
import { aDeployment, anImage, whatIsKnown } from '../../../test/builders/provenance.ts';
import type { Provenance } from '../check.ts';
import { provenance } from './index.ts';

const NAMES = ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:2', 'quay.io/acme/web:1', 'ghcr.io/acme/tool:1'] as const;
const RULES = [
  anImageRule({ signature: { anyOf: [aSignerRule()], count: 1 } }),
  anImageRule({}, { match: 'quay.io/**' }),
];

const made: fc.Arbitrary<Believed> = fc.constantFrom(
  aSignature(),
  aSignature(aKeySigner()),
  aSignature(aWorkflow({}, { sourceRepositoryId: '12' })),
  aProvenance(),
  aProvenance({ builder: 'https://ci.example/builder' }, aKeySigner()),
);
const evidence: fc.Arbitrary<ImageEvidence> = fc.oneof(
  fc
    .tuple(fc.constantFrom('1', '2', '3'), fc.array(made, { maxLength: 3 }))
    .map(([digit, all]) => anImage(digit, ...all)),
  fc
    .constantFrom('no-access', 'not-found', 'unreachable', 'invalid')
    .map((status): ImageEvidence => ({ status, reason: 'because' })),
);
const known: fc.Arbitrary<Provenance> = fc
  .tuple(fc.array(fc.option(evidence, { nil: undefined }), { minLength: 4, maxLength: 4 }), fc.boolean())
  .map(([all, hasRules]) => {
    const entries = NAMES.flatMap((name, index) => {
      const one = all[index];
      return one === undefined ? [] : [[name, one] as const];
    });
    return whatIsKnown(Object.fromEntries(entries), { rules: hasRules ? RULES : [] });
  });
const containers = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...NAMES), { maxKeys: 3 });

async function judged(base: readonly Manifest[], merged: readonly Manifest[], facts: Provenance) {
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY };
  const context = { policy: DEFAULT_POLICY, now: new Date('2026-11-24T12:00:00Z'), clusterOf: () => 'production' };
  return judge(provenance, { ...input, provenance: facts }, context, new AbortController().signal);
}

test('a change that touches no image yields nothing, whatever is known of the images', () =>
  fc.assert(
    fc.asyncProperty(containers, known, async (images, facts) => {
      const merged = aDeployment(images, { metadata: { name: 'web', labels: { touched: 'yes' } } });
      const { findings, unknowns } = await judged([aDeployment(images)], [merged], facts);
      expect([findings.filter(({ status }) => status !== 'existing'), unknowns]).toEqual([[], []]);
    }),
  ));

test('the order of containers is nothing', () =>
  fc.assert(
    fc.asyncProperty(containers, containers, known, async (before, after, facts) => {
      const turned = Object.fromEntries(Object.entries(after).toReversed());
      const [one, other] = [
        await judged([aDeployment(before)], [aDeployment(after)], facts),
        await judged([aDeployment(before)], [aDeployment(turned)], facts),
      ];
      const texts = (judgement: typeof one) =>
        judgement.findings.map(({ rule, status, message }) => [rule, status, message].join(' ')).toSorted();
      expect(texts(other)).toEqual(texts(one));
      expect(other.outcome.status).toBe(one.outcome.status);
    }),
  ));

test('what is new and was not read is never passed', () =>
  fc.assert(
    fc.asyncProperty(containers, known, async (images, facts) => {
      const { outcome } = await judged([], [aDeployment(images)], facts);
      const unread = Object.values(images).some((name) => {
        const [repository = '', tag] = name.split(':');
        const found = facts.book.of({ registry: repository.split('/')[0] ?? '', repository, tag });
        return found?.status !== 'read';
      });
      expect(unread && !['failed', 'errored'].includes(outcome.status)).toBe(false);
    }),
  ));

test('where all who stood behind the image before stand behind the next one too, nothing is lost', () =>
  fc.assert(
    fc.asyncProperty(fc.array(made, { maxLength: 3 }), fc.array(made, { maxLength: 3 }), async (old, more) => {
      const facts = whatIsKnown({ [NAMES[0]]: anImage('1', ...old), [NAMES[1]]: anImage('2', ...more, ...old) });
      const { outcome } = await judged([aDeployment({ a: NAMES[0] })], [aDeployment({ a: NAMES[1] })], facts);
      expect(outcome.status).toBe('passed');
    }),
  ));
