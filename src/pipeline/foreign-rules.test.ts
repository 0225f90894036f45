import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { anImageRule, aSignerRule } from '../../test/builders/believed.ts';
import type { ImageRule } from '../model/policy.ts';
import type { Trust, TrustedKey } from '../model/provenance.ts';
import { joinForeign } from './foreign-rules.ts';

function aPem(): string {
  return generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

const OWN: TrustedKey = { name: 'keys/a.pub', pem: aPem(), needsLog: false };
const TRUST: Trust = { roots: [], keys: [OWN], authorities: [] };
const POLICY = { images: [anImageRule({ digest: true })] };

function ruleBy(key: string): ImageRule {
  return anImageRule(
    { signature: { anyOf: [{ kind: 'key', key }, aSignerRule()], count: 1 } },
    { from: 'A b', cluster: 'production' },
  );
}

/** As it is applied. */
function joinedBy(key: string): ImageRule {
  const rule = ruleBy(key);
  const anyOf = rule.require.signature?.anyOf.map((one) =>
    one.kind === 'keyless' ? { ...one, exceptRoot: 'github' } : one,
  );
  return { ...rule, require: { ...rule.require, signature: { anyOf: anyOf ?? [], count: 1 } } };
}

function join(...keys: readonly TrustedKey[]): ReturnType<typeof joinForeign> {
  return joinForeign(POLICY, TRUST, { rules: keys.map(({ name }) => ruleBy(name)), keys, roots: [], unread: [] });
}

test('a keyless signature under GitHub’s own instance is none for the tools whose rules they are', () => {
  const { rules } = joinForeign({ images: [] }, TRUST, {
    rules: [anImageRule({ signature: { anyOf: [aSignerRule()], count: 1 } })],
    keys: [],
    roots: [],
    unread: [],
  });
  expect(rules.map(({ require }) => require.signature?.anyOf)).toEqual([[{ ...aSignerRule(), exceptRoot: 'github' }]]);
});

test('a key that nobody else names is trusted by its own name', () => {
  const key = { name: 'A b, key 1', pem: aPem(), needsLog: true };
  expect(join(key)).toEqual({
    trust: { ...TRUST, keys: [OWN, key] },
    rules: [...POLICY.images, joinedBy('A b, key 1')],
    leftOut: [],
  });
});

test('a key that the policy names, or another object, keeps that name', () => {
  const again = { ...OWN, name: 'A b, key 1', pem: `\n${OWN.pem}`, hash: 'sha256' as const };
  expect(join(again)).toEqual({ trust: TRUST, rules: [...POLICY.images, joinedBy('keys/a.pub')], leftOut: [] });
  const one = { name: 'A b, key 1', pem: aPem(), needsLog: true };
  expect(join(one, { ...one, name: 'C d, key 1' })).toMatchObject({
    trust: { keys: [OWN, one] },
    rules: [{}, joinedBy(one.name), joinedBy(one.name)],
  });
});

test.each<[string, Partial<TrustedKey>]>([
  ['its key is trusted on other terms already (keys/a.pub)', { needsLog: true }],
  ['its key is trusted on other terms already (keys/a.pub)', { hash: 'sha512' }],
  ['its key is trusted on other terms already (keys/a.pub)', { validUntil: '2026-01-01T00:00:00Z' }],
  [
    'its key is no public key that can be read',
    { pem: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' },
  ],
])('a rule is left out where %s', (reason, changes) => {
  expect(join({ ...OWN, name: 'A b, key 1', ...changes })).toEqual({
    trust: TRUST,
    rules: POLICY.images,
    leftOut: [`A b in production is not applied before the merge: ${reason}`],
  });
});

test('a rule without its key is left out', () => {
  expect(joinForeign(POLICY, TRUST, { rules: [ruleBy('x')], keys: [], roots: [], unread: [] }).leftOut).toEqual([
    'A b in production is not applied before the merge: its key is not there',
  ]);
});

test('a rule is left out where a certificate of its root cannot be read', () => {
  const authority = { organization: '', commonName: '', uri: '', pem: 'no certificate' };
  const thresholds = { logs: 0, certificateLogs: 0, timestamps: 0 };
  const keys = { certificateAuthorities: [authority], logs: [], certificateLogs: [], timestampAuthorities: [] };
  const signer = aSignerRule({ root: 'TrustRoot a' });
  const rule = anImageRule({ proof: { kind: 'proof', signer } }, { from: 'A b', cluster: 'production' });
  const roots = [{ name: 'TrustRoot a', thresholds, ...keys }];
  expect(joinForeign(POLICY, TRUST, { rules: [rule], keys: [], roots, unread: [] })).toEqual({
    trust: TRUST,
    rules: POLICY.images,
    leftOut: ['A b in production is not applied before the merge: a key or certificate of TrustRoot a cannot be read'],
  });
});

test('a key of a proof keeps the name that it is trusted by', () => {
  const again = { ...OWN, name: 'A b, key 1' };
  const rule = anImageRule({ proof: { kind: 'proof', signer: { kind: 'key', key: again.name } } });
  const { rules } = joinForeign(POLICY, TRUST, { rules: [rule], keys: [again], roots: [], unread: [] });
  expect(rules.at(-1)?.require.proof).toMatchObject({ signer: { key: OWN.name } });
});
