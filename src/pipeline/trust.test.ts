import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { anAuthority } from '../../test/builders/certificates.ts';
import { aTree, type FakeFile } from '../../test/fakes/source-tree.ts';
import { DEFAULT_POLICY } from '../config/policy.ts';
import type { Policy } from '../model/policy.ts';
import type { TrustedRoot } from '../model/provenance.ts';
import { parsePolicy, policyTextOf, rulesOf } from './rules.ts';
import { trustOf } from './trust.ts';

function aKey(type: 'spki' | 'pkcs1' = 'spki'): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return publicKey.export({ type, format: 'pem' }).toString();
}

const KEY = aKey();
const ROOT = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';
const BROUGHT: TrustedRoot = {
  name: 'public-good',
  json: '{}',
  thresholds: { logs: 1, certificateLogs: 1, timestamps: 0 },
};
const ROOTS = {
  current: () =>
    Promise.resolve({ roots: [BROUGHT], warnings: [{ root: 'public-good', sentence: 'it grows old' }], isDue: false }),
  refresh: () => Promise.resolve(),
};
const SIGNED = 'images: [{ match: "**", require: { signature: { key: { file: keys/a.pub } } } }]';

async function policyOf(text: string, files: Readonly<Record<string, FakeFile>>): Promise<Policy> {
  return parsePolicy(await policyTextOf(aTree({ '.presync.yaml': `version: 1\n${text}\n`, ...files })));
}

describe('trustOf', () => {
  test('is what presync brings, where the policy says nothing', async () => {
    expect(await trustOf(DEFAULT_POLICY, ROOTS)).toEqual({
      trust: { roots: [BROUGHT], keys: [], authorities: [] },
      warnings: ['it grows old'],
    });
  });

  test('is what the policy lists, with its files', async () => {
    const policy = await policyOf(
      `trust: { publicGood: false, roots: [{ file: trust/root.json, logs: 0, certificateLogs: 0, timestamps: 1 }] }\n${SIGNED}`,
      { 'keys/a.pub': KEY, 'trust/root.json': ROOT },
    );
    expect(await trustOf(policy, ROOTS)).toEqual({
      trust: {
        roots: [{ name: 'trust/root.json', json: ROOT, thresholds: { logs: 0, certificateLogs: 0, timestamps: 1 } }],
        keys: [{ name: 'keys/a.pub', pem: KEY, needsLog: false }],
        authorities: [],
      },
      warnings: [],
    });
  });

  test('leaves the roots of the operator where the public good instance is switched off', async () => {
    const own = { ...BROUGHT, name: '/etc/presync/root.json' };
    const roots = { ...ROOTS, current: async () => ({ ...(await ROOTS.current()), roots: [BROUGHT, own] }) };
    expect((await trustOf(await policyOf('trust: { publicGood: false }', {}), roots)).trust.roots).toEqual([own]);
  });

  describe('GitHub’s own instance', () => {
    const github = { ...BROUGHT, name: 'github' };
    const missing = [{ name: 'github', organization: 'GitHub, Inc.', sentence: 'it is not here' }];
    const warnings = [{ root: 'github', sentence: 'it has expired' }];
    const here = { ...ROOTS, current: () => Promise.resolve({ roots: [BROUGHT, github], warnings, isDue: false }) };
    const gone = {
      ...ROOTS,
      current: () => Promise.resolve({ roots: [BROUGHT], missing, warnings: [], isDue: false }),
    };

    test.each([
      ['', [BROUGHT, github]],
      ['trust: { github: true }', [BROUGHT, github]],
      ['trust: { github: false }', [BROUGHT]],
      ['trust: { publicGood: false }', []],
      ['trust: { publicGood: false, github: true }', [github]],
    ])('is trusted as policy says, and without a word as the public good instance: %s', async (text, expected) => {
      const policy = await policyOf(text, {});
      const isTrusted = expected.includes(github);
      expect(await trustOf(policy, here)).toMatchObject({
        trust: { roots: expected },
        warnings: isTrusted ? ['it has expired'] : [],
      });
      expect((await trustOf(policy, gone)).trust.missing).toEqual(isTrusted ? missing : undefined);
    });
  });

  test('takes keys that stand in the policy itself', async () => {
    const inline = JSON.stringify(KEY);
    const policy = await policyOf(`images: [{ match: "**", require: { signature: { key: ${inline} } } }]`, {});
    expect((await trustOf(policy, ROOTS)).trust.keys).toMatchObject([{ pem: KEY, needsLog: false }]);
  });

  test('takes authorities that are authorities', async () => {
    const authority = anAuthority();
    const { ca } = authority;
    const text = 'trust: { authorities: [{ file: ca.pem }] }';
    expect((await trustOf(await policyOf(text, { 'ca.pem': ca }), ROOTS)).trust.authorities).toMatchObject([
      { pem: ca },
    ]);
    const both = `${authority.issue('a.example').cert}${ca}`;
    await expect(policyOf(text, { 'ca.pem': both })).rejects.toThrow(
      'the file ca.pem holds a certificate that is none of an authority (CA:TRUE is missing)',
    );
  });

  test('takes authorities with their timestamp authorities', async () => {
    const policy = {
      ...DEFAULT_POLICY,
      trust: {
        ...DEFAULT_POLICY.trust,
        authorities: [{ file: 'ca.pem', timestamps: 'tsa.pem' }, { file: 'b.pem' }],
        files: { 'ca.pem': 'CA', 'tsa.pem': 'TSA', 'b.pem': 'B' },
      },
    };
    expect((await trustOf(policy, ROOTS)).trust.authorities).toEqual([
      { name: 'ca.pem', pem: 'CA', timestampPem: 'TSA' },
      { name: 'b.pem', pem: 'B', timestampPem: undefined },
    ]);
  });
});

describe('a policy is refused whose file', () => {
  const root = 'trust: { roots: [a.json] }';
  const authority = 'trust: { authorities: [{ file: a.pem }] }';
  test.each<[string, string, Readonly<Record<string, FakeFile>>, string]>([
    ['is not there', SIGNED, {}, '.presync.yaml:2: the file keys/a.pub is not there (or is no file of at most 1 MiB)'],
    ['is a link', SIGNED, { 'keys/a.pub': { link: '../b.pub' } }, 'the file keys/a.pub is not there'],
    ['is too large', SIGNED, { 'keys/a.pub': 'x'.repeat(1024 * 1024 + 1) }, 'the file keys/a.pub is not there'],
    ['is no key', SIGNED, { 'keys/a.pub': 'ssh-ed25519 AAAA' }, 'the file keys/a.pub is no PEM public key'],
    [
      'is a broken key',
      SIGNED,
      { 'keys/a.pub': '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' },
      'the file keys/a.pub is no PEM public key',
    ],
    [
      'is a private key',
      SIGNED,
      { 'keys/a.pub': generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
      'the file keys/a.pub is no PEM public key',
    ],
    ['is no JSON', root, { 'a.json': 'x' }, 'the file a.json is no JSON; a trusted_root.json is wanted'],
    ['is no root', root, { 'a.json': '{}' }, 'the file a.json is no trusted root'],
    ['holds no certificate', authority, { 'a.pem': KEY }, 'the file a.pem holds no PEM certificates that can be read'],
    [
      'is missing for timestamps',
      'trust: { authorities: [{ file: a.pem, timestamps: b.pem }] }',
      { 'a.pem': KEY },
      'the file b.pem is not there',
    ],
  ])('%s', async (_, text, files, expected) => {
    await expect(policyOf(text, files)).rejects.toThrow(expected);
  });

  test('holds a key that another one holds too', async () => {
    const both = SIGNED.replace('{ file: keys/a.pub }', '[{ file: keys/a.pub }, { file: keys/b.pub }]');
    await expect(policyOf(both, { 'keys/a.pub': KEY, 'keys/b.pub': `# ours\n${KEY}` })).rejects.toThrow(
      'keys/b.pub is no PEM',
    );
    await expect(policyOf(both, { 'keys/a.pub': KEY, 'keys/b.pub': `\n${KEY}\n` })).rejects.toThrow(
      'keys/a.pub and keys/b.pub are the same key; use one of them',
    );
    const other = aKey('pkcs1');
    expect((await policyOf(both, { 'keys/a.pub': KEY, 'keys/b.pub': other })).trust.files).toEqual({
      'keys/a.pub': KEY,
      'keys/b.pub': other,
    });
  });
});

describe('rulesOf', () => {
  const text = `version: 1\n${SIGNED}\n`;
  const base = aTree({ '.presync.yaml': text, 'keys/a.pub': KEY, 'docs/a': 'a' });

  test('a change of other files proposes no rules', async () => {
    const merged = aTree({ '.presync.yaml': text, 'keys/a.pub': KEY, 'docs/a': 'b' });
    expect((await rulesOf(base, merged, undefined)).proposed).toBeUndefined();
  });

  test('another key in the same file is another policy, and the key of the base counts', async () => {
    const other = aKey();
    const { policy, proposed } = await rulesOf(base, aTree({ '.presync.yaml': text, 'keys/a.pub': other }), undefined);
    expect(policy.trust.files).toEqual({ 'keys/a.pub': KEY });
    expect(proposed).toMatchObject({ policy: { trust: { files: { 'keys/a.pub': other } } } });
  });

  test('a change that takes the file away proposes an invalid policy, on the line that names it', async () => {
    const { proposed } = await rulesOf(base, aTree({ '.presync.yaml': text }), undefined);
    expect(proposed).toMatchObject({
      problem: {
        file: '.presync.yaml',
        problems: [{ line: 2, message: expect.stringContaining('keys/a.pub is not there') }],
      },
    });
  });

  test('a base without the file cannot be judged by', async () => {
    await expect(rulesOf(aTree({ '.presync.yaml': text }), base, undefined)).rejects.toThrow('keys/a.pub is not there');
  });

  test('an operator’s policy has files of its own, and the repository’s count for nothing', async () => {
    const operator = { file: '/etc/presync.yaml', text, files: { 'keys/a.pub': KEY } };
    const { policy } = await rulesOf(aTree({ 'keys/a.pub': aKey() }), base, operator);
    expect(policy.trust.files).toEqual({ 'keys/a.pub': KEY });
    await expect(rulesOf(base, base, { file: '/etc/presync.yaml', text })).rejects.toThrow('keys/a.pub is not there');
  });
});
