import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { der, integer, sequence, TRUE } from '../../../test/builders/der.ts';
import { attachmentOf, cosignSignature, type Made } from '../../../test/standin/sigstore/attachments.ts';
import { statementBundle } from '../../../test/standin/sigstore/bundles.ts';
import {
  anIssuer,
  bodyOf,
  CODE_SIGNING,
  CRL_SIGN,
  DIGITAL_SIGNATURE,
  extendedKeyUsage,
  extension,
  isAuthority,
  type Issued,
  issued,
  type Issuer,
  KEY_CERT_SIGN,
  keyIds,
  keyUsage,
} from '../../../test/standin/sigstore/certificate.ts';
import { aSigningKey, type SigningKey } from '../../../test/standin/sigstore/keys.ts';
import type { OwnCertificate } from '../../../test/standin/sigstore/own-authority.ts';
import { aSignStatement } from '../../../test/standin/sigstore/statements.ts';
import { aTimestampAuthority } from '../../../test/standin/sigstore/timestamp.ts';
import { SIGNED_AT, signingWorld } from '../../../test/standin/sigstore/world.ts';
import type { Believed, Rejected, Trust } from '../../model/provenance.ts';
import { usableTrust } from './usable-trust.ts';
import { verifyAttachment } from './verify-attachment.ts';

const IMAGE = `sha256:${createHash('sha256').update('image').digest('hex')}`;
const OTHER = `sha256:${createHash('sha256').update('another image').digest('hex')}`;
const NOW = new Date('2026-06-01T00:00:00Z');
const SPAN = { organization: 'acme', from: new Date('2025-01-01T00:00:00Z'), until: new Date('2030-01-01T00:00:00Z') };
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const world = signingWorld();
const stamps = aTimestampAuthority('acme');
const root = anIssuer({ ...SPAN, name: 'acme root', key: aSigningKey('P-384') });
const signing = anIssuer({ ...SPAN, name: 'acme signing', key: aSigningKey() }, root, [CODE_SIGNING]);
const SIGNER = { kind: 'certificate', root: 'acme', subject: 'https://acme.example/release' };

/** A leaf of `issuer` that comes with these certificates; `until`: when it runs out. */
function leafOf(issuer: Pick<Issuer, 'key' | 'name'>, chain: readonly Issued[], until = SPAN.until): OwnCertificate {
  const key = aSigningKey();
  const extensions = [
    keyUsage(DIGITAL_SIGNATURE),
    extendedKeyUsage([CODE_SIGNING]),
    ...keyIds(key, issuer.key),
    extension('2.5.29.17', sequence(der(0x86, Buffer.from(SIGNER.subject)))),
  ];
  const body = bodyOf({ organization: 'acme', ...issuer }, { ...SPAN, name: 'x', spki: key.spki, until, extensions });
  return { key, leaf: issued(issuer.key, body), chain, stamp: (bytes, at) => stamps.stamp(bytes, at) };
}

interface Between {
  readonly by?: Pick<Issuer, 'key' | 'name'>;
  readonly name?: string;
  readonly key?: SigningKey;
  readonly extensions?: readonly Uint8Array[];
  readonly until?: Date;
}

/** An intermediate with these extensions besides its ids. */
function between({ by = root, name = 'between', key = aSigningKey(), extensions = AUTHORITY, until }: Between): Issuer {
  const own = [...extensions, ...keyIds(key, by.key)];
  const wish = { ...SPAN, name, spki: key.spki, until: until ?? SPAN.until, extensions: own };
  return { ...issued(by.key, bodyOf({ organization: 'acme', ...by }, wish)), key, name, organization: 'acme' };
}

const AUTHORITY = [keyUsage(KEY_CERT_SIGN, CRL_SIGN), isAuthority()];

function signature(own: OwnCertificate, subject = IMAGE): Made {
  return cosignSignature(world, { by: { own }, subject, proof: 'none' });
}

function trusting(...chain: readonly Issued[]): Trust {
  const pem = chain.map((one) => one.pem).join('');
  return { roots: [world.trustedRoot], keys: [], authorities: [{ name: 'acme', pem }] };
}

function verified(made: Made, trust: Trust = trusting(root)): Believed | Rejected {
  return verifyAttachment({ subjects: [IMAGE], attachment: attachmentOf(made, IMAGE) }, usableTrust(trust), NOW);
}

function seconds(date: Date): string {
  return `${date.getTime() / 1000}`;
}

describe('certificates that come with a signature', () => {
  test('lead to a root that policy names, in tags and in bundles', () => {
    const own = leafOf(signing, [signing, root]);
    const bundle = { by: { own }, statement: aSignStatement(IMAGE), proof: 'none' } as const;
    for (const made of [signature(own), statementBundle(world, { ...bundle, version: '0.2', chain: 'intermediate' })])
      expect(verified(made)).toMatchObject({ subject: IMAGE, signer: SIGNER });
  });

  test('lead there over several, in any order', () => {
    const lower = between({ by: signing });
    for (const chain of [
      [lower, signing, root],
      [signing, lower],
    ])
      expect(verified(signature(leafOf(lower, chain)))).toMatchObject({ signer: SIGNER });
  });

  test('may have words between them, as openssl writes them', () => {
    const own = leafOf(signing, [{ ...signing, pem: `subject=CN = acme signing\n${signing.pem}\n` }, root]);
    expect(verified(signature(own))).toMatchObject({ signer: SIGNER });
  });

  test('P-C9: are no root for being there', () => {
    const evil = anIssuer({ ...SPAN, name: 'acme root', key: aSigningKey('P-384') });
    const lower = anIssuer({ ...SPAN, name: 'acme signing', key: aSigningKey() }, evil, [CODE_SIGNING]);
    const own = leafOf(lower, [lower, evil]);
    expect(verified(signature(own))).toMatchObject({
      fault: 'invalid',
      reason: expect.stringContaining('does not hold'),
    });
    const bundle = { by: { own }, statement: aSignStatement(IMAGE), proof: 'none' } as const;
    expect(verified(statementBundle(world, { ...bundle, version: '0.2', chain: 'with-root' }))).toMatchObject({
      fault: 'invalid',
      reason: expect.stringContaining('self-signed'),
    });
  });

  test('P-B1: do not make it a signature of this image', () => {
    expect(verified(signature(leafOf(signing, [signing, root]), OTHER))).toMatchObject({ fault: 'mismatch' });
  });

  test('are not taken where policy names intermediates: those are meant and no others', () => {
    for (const name of ['other signing', signing.name]) {
      const lower = between({ name });
      expect(verified(signature(leafOf(lower, [lower, root])), trusting(signing, root))).toMatchObject({
        fault: 'invalid',
      });
      expect(verified(signature(leafOf(lower, [lower, root])))).toMatchObject({ signer: SIGNER });
    }
    expect(verified(signature(leafOf(signing, [])), trusting(signing, root))).toMatchObject({ signer: SIGNER });
  });

  const KEY = aSigningKey();
  const BETWEEN: Readonly<Record<string, Between>> = {
    'that are no authorities': { extensions: [keyUsage(KEY_CERT_SIGN, CRL_SIGN)] },
    'that may not sign certificates': { extensions: [keyUsage(DIGITAL_SIGNATURE), isAuthority()] },
    'for servers': { extensions: [...AUTHORITY, extendedKeyUsage([SERVER_AUTH])] },
    'bound to names': {
      extensions: [...AUTHORITY, extension('2.5.29.30', sequence(der(0xa0, sequence(der(0x82, Buffer.from('x'))))))],
    },
    'with something critical that is not heeded': {
      extensions: [...AUTHORITY, extension('2.5.29.36', sequence(der(0x80, Buffer.of(0))), true)],
    },
    'with an extension twice': { extensions: [...AUTHORITY, isAuthority()] },
    'that have run out': { until: new Date('2026-05-01T00:00:00Z') },
    'of another key than that of the root': { by: { name: root.name, key: aSigningKey('P-384') } },
    'signed by themselves under another name than their own': { by: { name: root.name, key: KEY }, key: KEY },
  };

  test.each(Object.entries(BETWEEN))('do not lead anywhere: certificates %s', (_, wish) => {
    const lower = between(wish);
    expect(verified(signature(leafOf(lower, [lower])))).toMatchObject({ fault: 'invalid' });
  });

  test('lead somewhere with no more than that', () => {
    const harmless = extension('2.5.29.32', sequence());
    for (const usage of [[], [extendedKeyUsage([CODE_SIGNING])], [extendedKeyUsage(['2.5.29.37.0'])], [harmless]]) {
      const lower = between({ extensions: [...AUTHORITY, ...usage] });
      expect(verified(signature(leafOf(lower, [lower])))).toMatchObject({ signer: SIGNER });
    }
  });

  test('are as many below a root as it allows', () => {
    const key = aSigningKey('P-384');
    const oneBelow = extension('2.5.29.19', sequence(TRUE, integer(1)), true);
    const extensions = [keyUsage(KEY_CERT_SIGN, CRL_SIGN), oneBelow];
    const short = between({ by: { name: 'short', key }, name: 'short', key, extensions });
    const upper = between({ by: short, name: 'upper' });
    const lower = between({ by: upper, name: 'lower' });
    expect(verified(signature(leafOf(upper, [upper])), trusting(short))).toMatchObject({ signer: SIGNER });
    const sameKey = between({ by: upper, name: 'lower', key: upper.key });
    for (const one of [lower, sameKey])
      expect(verified(signature(leafOf(one, [one, upper])), trusting(short))).toMatchObject({ fault: 'invalid' });
  });

  test('that lead to a root that nobody names take nothing away', () => {
    const former = anIssuer({ ...SPAN, name: 'former root', key: aSigningKey() });
    const crossed = between({ by: former, name: signing.name, key: signing.key });
    for (const chain of [
      [crossed, signing, former],
      [signing, crossed, former],
    ])
      expect(verified(signature(leafOf(signing, chain)))).toMatchObject({ signer: SIGNER });
  });

  test('that vouch for each other lead nowhere, and not for ever', () => {
    const [a, b] = [aSigningKey(), aSigningKey()];
    const first = between({ by: { name: 'b', key: b }, name: 'a', key: a });
    const second = between({ by: { name: 'a', key: a }, name: 'b', key: b });
    const own = leafOf(first, [first, second, signing]);
    expect(verified(signature(own))).toMatchObject({ fault: 'invalid', reason: expect.stringContaining('not hold') });
  });

  test('cannot be a hundred, nor keys', () => {
    const many = Array.from({ length: 11 }, () => signing);
    expect(verified(signature(leafOf(signing, many)))).toMatchObject({
      fault: 'malformed',
      reason: 'the annotation dev.sigstore.cosign/chain has more than 10 certificates',
    });
    const secret = { ...signing, pem: signing.pem.replaceAll('CERTIFICATE', 'PRIVATE KEY') };
    expect(verified(signature(leafOf(signing, [secret])))).toMatchObject({
      fault: 'malformed',
      reason: expect.stringContaining('holds a PRIVATE KEY'),
    });
  });
});

describe('a certificate of one\u2019s own that has run out', () => {
  const until = new Date('2026-04-01T00:00:00Z');
  const own = leafOf(signing, [signing, root], until);
  const by = { own };
  const believed = { signer: SIGNER, signedAt: SIGNED_AT.toISOString(), isLogged: true };

  test('proves what a trusted log held before: tag, attestation and bundle', () => {
    const statement = aSignStatement(IMAGE);
    for (const made of [
      cosignSignature(world, { by, subject: IMAGE }),
      statementBundle(world, { by, statement, version: '0.2', chain: 'intermediate' }),
      statementBundle(world, { by, statement, version: '0.2', chain: 'intermediate', entry: 'intoto-0.0.1' }),
    ])
      expect(verified(made)).toMatchObject(believed);
  });

  test('proves what a timestamp of a trusted root says', () => {
    const stamp = (bytes: Uint8Array) => world.timestamps.stamp(bytes, SIGNED_AT);
    const made = cosignSignature(world, { by: { own: { ...own, stamp } }, subject: IMAGE, proof: 'timestamp' });
    expect(verified(made)).toMatchObject({ ...believed, isLogged: false });
    expect(verified(made, { ...trusting(root), roots: [] })).toMatchObject({ fault: 'invalid' });
  });

  const stranger = signingWorld();
  const REFUSED: Readonly<Record<string, () => Made>> = {
    nothing: () => cosignSignature(world, { by, subject: IMAGE, proof: 'none' }),
    'a log that nobody trusts': () => cosignSignature(stranger, { by, subject: IMAGE }),
    'P-C2: an entry of another certificate': () =>
      cosignSignature(world, {
        by,
        subject: IMAGE,
        logged: { verifier: { key: own.key, certificate: leafOf(signing, [], until).leaf } },
      }),
    'P-C1: an entry of another signature': () =>
      cosignSignature(world, { by, subject: IMAGE, logged: { signature: Buffer.from('x') } }),
    'P-C3: an entry whose time is not that which the log promised': () => {
      const made = cosignSignature(world, { by, subject: IMAGE, loggedAt: NOW });
      const name = 'dev.sigstore.cosign/bundle';
      const entry = made.annotations[name]?.replace(seconds(NOW), seconds(SIGNED_AT)) ?? '';
      return { ...made, annotations: { ...made.annotations, [name]: entry } };
    },
    'P-C5: an entry from after its end': () => cosignSignature(world, { by, subject: IMAGE, loggedAt: NOW }),
    'an entry from before its beginning': () =>
      cosignSignature(world, { by, subject: IMAGE, loggedAt: new Date('2024-06-01T00:00:00Z') }),
    'an entry without a time': () =>
      statementBundle(world, {
        by,
        statement: aSignStatement(IMAGE),
        version: '0.2',
        chain: 'intermediate',
        proof: 'tiles',
        timestamp: false,
      }),
  };

  test.each(Object.entries(REFUSED))('proves nothing with %s', (_, make) => {
    expect(verified(make())).toMatchObject({ fault: 'invalid', reason: expect.stringContaining('expired') });
  });

  test('P-B1: proves nothing of another image, logged or not', () => {
    expect(verified(cosignSignature(world, { by, subject: OTHER }))).toMatchObject({ fault: 'mismatch' });
  });

  test('is not proven by a log where policy names a timestamp authority', () => {
    const timestampPem = stamps.leaf.pem + stamps.root.pem;
    const authorities = [{ name: 'acme', pem: root.pem, timestampPem }];
    const trust = { ...trusting(root), authorities };
    expect(verified(cosignSignature(world, { by, subject: IMAGE }), trust)).toMatchObject({
      fault: 'invalid',
      reason: expect.stringContaining('no timestamp'),
    });
    expect(verified(cosignSignature(world, { by, subject: IMAGE, proof: 'timestamp' }), trust)).toMatchObject({
      signer: SIGNER,
      signedAt: SIGNED_AT.toISOString(),
    });
    const late = cosignSignature(world, { by, subject: IMAGE, proof: 'timestamp', at: NOW });
    expect(verified(late, trust)).toMatchObject({ fault: 'invalid', reason: expect.stringContaining('expired') });
  });

  test('valid now, it needs no proof, and an entry that proves nothing takes nothing away', () => {
    const valid = { own: leafOf(signing, [signing, root]) };
    const answer = { signer: SIGNER, signedAt: undefined, isLogged: false };
    expect(verified(cosignSignature(stranger, { by: valid, subject: IMAGE }))).toMatchObject(answer);
    const tiled = statementBundle(world, {
      by: valid,
      statement: aSignStatement(IMAGE),
      version: '0.2',
      chain: 'intermediate',
      proof: 'tiles',
      timestamp: false,
    });
    expect(verified(tiled)).toMatchObject({ ...answer, isLogged: true });
  });
});
