import { describe, expect, test } from '@jest/globals';
import { aKeySigner, anImageRule, aSignature, evidenceOf } from '../../../test/builders/believed.ts';
import { aDeployment, aDigest, whatIsKnown } from '../../../test/builders/provenance.ts';
import { aWorld } from '../../../test/builders/manifest.ts';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import { imageText, parseImageRef } from '../../model/image-ref.ts';
import type { ImageRule, ProofRule } from '../../model/policy.ts';
import { someOf } from '../../model/proof-rule.ts';
import type { Believed } from '../../model/provenance.ts';
import { casesOf, questionsOf } from './cases.ts';
import { asksForEvidence, rulesFor, unmet } from './requirements.ts';

const REF = parseImageRef('ghcr.io/acme/web:1');
const SBOM = 'https://spdx.dev/Document';

function key(name: string, more: object = {}): ProofRule {
  return { kind: 'proof', signer: { kind: 'key', key: name }, ...more };
}

function madeBy(name: string, more: Partial<Believed> = {}): Believed {
  return aSignature(aKeySigner(name), more);
}

const ATTESTED = { role: 'attestation', predicateType: SBOM } as const;

function said(proof: ProofRule, ...believed: readonly Believed[]): readonly string[] {
  return unmet(anImageRule({ proof }), REF, evidenceOf(believed), new Date(0)).map(({ message }) => message);
}

describe('a proof', () => {
  test.each<[string, ProofRule, readonly Believed[], boolean]>([
    ['is a signature', key('a'), [madeBy('a')], true],
    ['is no attestation', key('a'), [madeBy('a', ATTESTED)], false],
    ['is an attestation of its type', key('a', { predicateType: SBOM }), [madeBy('a', ATTESTED)], true],
    ['is none of another', key('a', { predicateType: 'x' }), [madeBy('a', ATTESTED)], false],
    ['is no signature', key('a', { predicateType: SBOM }), [madeBy('a')], false],
    [
      'is no signature of that type',
      key('a', { predicateType: SBOM }),
      [madeBy('a', { ...ATTESTED, role: 'signature' })],
      false,
    ],
    ['is in one of its formats', key('a', { formats: ['cosign-signature'] }), [madeBy('a')], false],
    ['is any of several', someOf([key('a'), key('b')], 1), [madeBy('b')], true],
    ['is all of several', someOf([key('a'), key('b')], 2), [madeBy('b')], false],
    ['is all of several that are there', someOf([key('a'), key('b')], 2), [madeBy('b'), madeBy('a')], true],
    ['is nothing where nobody is named', { kind: 'some', count: 1, of: [] }, [madeBy('a')], false],
    ['is nothing where none is asked for', { kind: 'some', count: 0, of: [key('a')] }, [madeBy('a')], false],
    ['speaks of the image', key('a'), [madeBy('a', { subject: aDigest('9') })], false],
  ])('%s', (_, proof, believed, expected) => {
    expect(said(proof, ...believed).length === 0).toBe(expected);
  });

  test('lies in the repository that is named, and nowhere else', () => {
    const at = 'ghcr.io/acme/signatures';
    const [beside, there] = [madeBy('a'), madeBy('a', { at })];
    const isMet = (proof: ProofRule) =>
      [evidenceOf([beside]), evidenceOf([], { elsewhere: [there] })].map(
        (evidence) => unmet(anImageRule({ proof }), REF, evidence, new Date(0)).length === 0,
      );
    expect([isMet(key('a')), isMet(key('a', { at })), isMet(key('a', { at: 'ghcr.io/x' }))]).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    const signed = anImageRule({ signature: { anyOf: [{ kind: 'key', key: 'a' }], count: 1 } });
    expect(unmet(signed, REF, evidenceOf([], { elsewhere: [there] }), new Date(0))).toHaveLength(1);
  });

  test('that lies elsewhere is asked for there', () => {
    const rules = [
      anImageRule({ proof: someOf([key('a', { at: 'b.io/x' }), key('a', { at: 'a.io/x' })], 1) }, { match: '**' }),
    ];
    const base = aWorld('base', []);
    const input = { base, merged: aWorld('merged', [aDeployment({ web: 'nginx:1' })]), policy: DEFAULT_POLICY };
    expect(questionsOf({ ...input, provenance: whatIsKnown({}, { rules }) })).toMatchObject([
      { places: ['a.io/x', 'b.io/x'] },
    ]);
    expect(questionsOf({ ...input, provenance: whatIsKnown({}) })[0]).not.toHaveProperty('places');
  });

  test('says what is asked for and what is there', () => {
    const proof = someOf([key('a'), someOf([key('b', { predicateType: SBOM }), key('c')], 2)], 1);
    expect(said(proof)).toEqual([
      `it is not signed; .presync.yaml requires for ghcr.io/acme/** a signature by the key a or (an attestation (${SBOM}) by the key b and a signature by the key c)`,
    ]);
    expect(said(someOf([key('a'), key('b'), key('c')], 2), madeBy('d'))).toEqual([
      '.presync.yaml requires for ghcr.io/acme/** 2 of: (a signature by the key a, a signature by the key b, a signature by the key c); found is only key d (sha256:111111111111): it is made with the key d',
    ]);
  });

  test('is evidence that must be looked for', () => {
    expect(asksForEvidence(anImageRule({ proof: key('a') }))).toBe(true);
  });
});

test('what nobody can give is said in the words of its tool', () => {
  const rule = anImageRule({ signature: { anyOf: [], count: 1 }, refusal: 'not\u202ethis one' });
  expect(unmet(rule, REF, evidenceOf([]), new Date(0))).toMatchObject([
    { message: expect.stringContaining('what nobody can give: not this one') },
  ]);
});

function selected(tier: string): Partial<ImageRule> {
  return {
    objects: [{ group: 'apps', version: 'v1', resource: 'deployments', selector: { matchLabels: { tier } } }],
  };
}

describe('a rule of another tool holds for', () => {
  const labels = { tier: 'web' };
  const manifest = aDeployment({ web: 'nginx:1' }, { metadata: { name: 'web', labels } });
  const bare = parseImageRef('nginx:1');

  function isHeld(changes: Partial<ImageRule>): boolean {
    const rules = [anImageRule({}, { match: 'docker.io/**', ...changes })];
    const world = aWorld('merged', [manifest]);
    const known = whatIsKnown({ [imageText(bare)]: evidenceOf([]) }, { rules });
    const cases = casesOf({ base: aWorld('base', []), merged: world, policy: DEFAULT_POLICY, provenance: known });
    return cases.some(({ rules: held }) => held.length > 0);
  }

  const named = (pattern: string): boolean => isHeld({ reference: { tool: 'policy-controller', pattern } });
  const left = (pattern: string): boolean => isHeld({ exceptReferences: [{ tool: 'kyverno', pattern }] });

  test('the objects that it selects', () => {
    expect([isHeld({}), isHeld(selected('web')), isHeld(selected('db'))]).toEqual([true, true, false]);
  });

  test('the images that it names as they are written, by the digest that was found', () => {
    const { digest } = evidenceOf([]);
    expect(named(`index.docker.io/library/nginx:1@${digest}`)).toBe(true);
    expect(named(`index.docker.io/library/nginx:1@${aDigest('9')}`)).toBe(false);
    expect(named('nginx*')).toBe(false);
  });

  test('all but what it leaves out', () => {
    expect([left('docker.io/nginx*'), left('*nginx*'), left('docker.io/other*')]).toEqual([true, false, true]);
  });

  test('an image of which nothing more is known', () => {
    const rule = anImageRule({}, { reference: { tool: 'policy-controller', pattern: 'ghcr.io/acme/web:1@*' } });
    expect(rulesFor([rule], REF, { cluster: '' })).toEqual([rule]);
  });
});
