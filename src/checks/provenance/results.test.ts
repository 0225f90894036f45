import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { Finding } from '../../model/finding.ts';
import { parseImageRef } from '../../model/image-ref.ts';
import type { ImageRule } from '../../model/policy.ts';
import type { ImageEvidence, Rejected } from '../../model/provenance.ts';
import {
  aKeySigner,
  anImageRule,
  aProvenance,
  aSignature,
  aSignerRule,
  aWorkflow,
} from '../../../test/builders/believed.ts';
import { aWorld, SHOP } from '../../../test/builders/manifest.ts';
import { aDeployment, aDigest, anImage, whatIsKnown } from '../../../test/builders/provenance.ts';
import { aFinding } from '../../../test/builders/verdict.ts';
import { withProvenance } from './index.ts';

const WEB = 'ghcr.io/acme/web:1';
const SIGNED: ImageRule = anImageRule({ signature: { anyOf: [aSignerRule()], count: 1 } });
const rejected = (fault: Rejected['fault']): Rejected => ({
  format: 'cosign-signature',
  place: 'tag sha256-….sig',
  digest: aDigest('9'),
  fault,
  reason: 'it proves nothing',
});
const SBOM = aSignature(aWorkflow(), { role: 'attestation', predicateType: 'https://spdx.dev/Document' });

function resultOf(evidence: ImageEvidence | undefined, rules: readonly ImageRule[] = []) {
  const provenance = whatIsKnown(evidence === undefined ? {} : { [WEB]: evidence }, { rules });
  const merged = aWorld('merged', [aDeployment({ web: WEB })]);
  return withProvenance([], { merged, policy: DEFAULT_POLICY, provenance, findings: [] });
}

const NONE = /^$/;

type Expected = readonly [status: string, signer: RegExp, note: RegExp];

test.each<[string, ImageEvidence | undefined, readonly ImageRule[], Expected]>([
  ['nobody asked', undefined, [], ['not-required', NONE, NONE]],
  ['signed', anImage('1', aSignature()), [], ['verified', /acme\/shop/, NONE]],
  ['attested to', anImage('1', aProvenance()), [], ['verified', /acme\/shop/, NONE]],
  ['an SBOM', anImage('1', SBOM), [], ['unsigned', /acme\/shop/, NONE]],
  [
    'nothing',
    anImage('1'),
    [],
    ['unsigned', NONE, /^not signed; where it is built, `cosign sign [^`]+@sha256:1+` does it$/],
  ],
  ['signed as asked', anImage('1', aSignature()), [SIGNED], ['verified', /acme\/shop/, NONE]],
  ['nothing, where it is asked', anImage('1'), [SIGNED], ['unsigned', NONE, /not signed.*cosign sign/]],
  ['signed by another', anImage('1', aSignature(aKeySigner())), [SIGNED], ['mismatch', /^key /, /acme\/\*/]],
  [
    'a signature of another image',
    { ...anImage('1'), rejected: [rejected('mismatch')] },
    [],
    ['mismatch', NONE, /proves nothing/],
  ],
  [
    'a signature by nobody',
    { ...anImage('1'), rejected: [rejected('invalid')] },
    [],
    ['unverifiable', NONE, /proves nothing/],
  ],
  [
    'the same, where one is asked',
    { ...anImage('1'), rejected: [rejected('malformed')] },
    [SIGNED],
    ['unverifiable', NONE, /proves nothing/],
  ],
  [
    'one more beside a good one',
    { ...anImage('1', aSignature()), rejected: [rejected('invalid')], notes: ['an SBOM lies beside it'] },
    [],
    ['verified', /acme/, /proves nothing.*; an SBOM lies beside it/],
  ],
  ['no access', { status: 'no-access', reason: '403' }, [], ['unverifiable', NONE, /^no access: 403$/]],
  ['gone', { status: 'not-found', reason: '404' }, [], ['errored', NONE, /^could not be read: 404$/]],
  ['no answer', { status: 'unreachable', reason: 'down' }, [], ['errored', NONE, /down/]],
  ['too much', { status: 'invalid', reason: 'caps' }, [], ['errored', NONE, /caps/]],
])('%s', (_, evidence, rules, [status, signer, note]) => {
  const [result] = resultOf(evidence, rules);
  const digest = evidence?.status === 'read' ? aDigest('1') : null;
  expect(result).toMatchObject({ ref: WEB, status, digest, apps: [SHOP] });
  expect(result?.signer ?? '').toMatch(signer);
  expect(result?.note ?? '').toMatch(note);
});

test('what the inventory could not read stays, and all is sorted', () => {
  const provenance = whatIsKnown({});
  const merged = aWorld('merged', [aDeployment({ web: WEB })]);
  const unread = { ref: 'a b', digest: null, status: 'errored', signer: null, apps: [SHOP] } as const;
  const listed = [unread, { ...unread, ref: WEB }, { ...unread, ref: 'z z' }];
  const results = withProvenance(listed, { merged, policy: DEFAULT_POLICY, provenance, findings: [] });
  expect(results.map(({ ref, status }) => `${ref} ${status}`)).toEqual([
    'a b errored',
    `${WEB} not-required`,
    'z z errored',
  ]);
});

describe('what blocks', () => {
  const manifest = aDeployment({ web: WEB });
  const pointer = '/spec/template/spec/containers/0/image';
  const rule = 'provenance/signer-changed';
  const given = {
    rule,
    app: SHOP,
    object: manifest.id,
    pointer,
    blocking: true,
    status: 'new',
    message: 'lost',
  } as const;

  function statusWith(finding: Partial<Finding>, evidence: ImageEvidence = anImage('1', aSignature())) {
    const provenance = whatIsKnown({ [WEB]: evidence });
    const findings = [aFinding({ ...given, ...finding })];
    const merged = aWorld('merged', [manifest]);
    const [result] = withProvenance([], { merged, policy: DEFAULT_POLICY, provenance, findings });
    return [result?.status, result?.note];
  }

  test('makes a mismatch of what somebody has signed, and says why', () => {
    expect(statusWith({})).toEqual(['mismatch', 'lost']);
  });

  test.each<[string, Partial<Finding>]>([
    ['another rule', { rule: 'images/registry' }],
    ['advice', { blocking: false }],
    ['what stood before', { status: 'existing' }],
    ['another container', { pointer: '/spec/template/spec/containers/1/image' }],
    ['another object', { object: { ...manifest.id, name: 'other' } }],
    ['another app', { app: 'Application:production/argocd/other' }],
    ['a chart', { object: null }],
  ])('but not by %s', (_, finding) => {
    expect(statusWith(finding)).toEqual(['verified', undefined]);
  });

  test('leaves what is worse as it is', () => {
    expect(statusWith({}, anImage('1'))[0]).toBe('unsigned');
  });

  test('of two charts of an app, the one that is meant', () => {
    const charts = ['ghcr.io/acme/a:1', 'ghcr.io/acme/b:1'];
    const artifacts = charts.map((name) => ({
      side: 'merged' as const,
      app: SHOP,
      cluster: 'production',
      content: 'chart' as const,
      ref: parseImageRef(name),
    }));
    const signed = anImage('1', aSignature());
    const provenance = whatIsKnown(Object.fromEntries(charts.map((name) => [name, signed])), { artifacts });
    const findings = [aFinding({ ...given, object: null, pointer: '', message: `${charts[1]} is signed by another` })];
    const merged = aWorld('merged', []);
    const results = withProvenance([], { merged, policy: DEFAULT_POLICY, provenance, findings });
    expect(results.map(({ status }) => status)).toEqual(['verified', 'mismatch']);
  });
});
