import { createPublicKey } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
// The library exports its checks of chains and timestamps only as parts of whole ones, which ask for a log. Versions are pinned.
import { CertificateChainVerifier } from '@sigstore/verify/dist/key/certificate.js';
import { verifyRFC3161Timestamp } from '@sigstore/verify/dist/timestamp/tsa.js';
import { alternativeName, commonName } from './certificate.ts';
import type { Proof } from './proof.ts';
import { invalid } from './refusal.ts';
import { contentOf, type Signed, stampedBytes } from './signed.ts';
import { readTimestamp } from './timestamp.ts';
import type { UsableAuthority } from './usable-trust.ts';

export function isIssuedBy(leaf: X509Certificate, { chain }: UsableAuthority): boolean {
  return chain.some(({ subject }) => subject.equals(leaf.issuer));
}

/** A certificate of one's own authority, valid when a timestamp says that it signed, or now where no timestamp authority is known. Throws. */
export function proveByAuthority(
  signed: Signed,
  leaf: X509Certificate,
  { authority, now }: { readonly authority: UsableAuthority; readonly now: Date },
): Proof {
  const { name, chain, stampers } = authority;
  const times = stampers.length === 0 ? [now] : stampedTimes(signed, stampers);
  for (const timestamp of times)
    new CertificateChainVerifier({ trustedCerts: [...chain], untrustedCert: leaf, timestamp }).verify();
  if (!contentOf(signed).verifySignature(createPublicKey({ key: leaf.publicKey, format: 'der', type: 'spki' })))
    throw invalid('the signature is not that of its certificate');
  const subject = alternativeName(leaf) ?? commonName(leaf);
  if (subject === undefined) throw invalid('its certificate names nobody');
  const [first] = times.toSorted((a, b) => a.getTime() - b.getTime());
  const signedAt = stampers.length === 0 ? undefined : first?.toISOString();
  return { signer: { kind: 'certificate', root: name, subject }, signedAt, isLogged: false };
}

const ALWAYS = { start: new Date(0), end: new Date(8_640_000_000_000_000) };

function stampedTimes(signed: Signed, stampers: readonly X509Certificate[]): readonly Date[] {
  const { timestamps } = signed;
  if (timestamps.length === 0) throw invalid('it has no timestamp, and the timestamp authority of its issuer is known');
  return timestamps.map((der) => {
    const timestamp = readTimestamp(der);
    verifyRFC3161Timestamp(timestamp, stampedBytes(signed), [{ certChain: [...stampers], validFor: ALWAYS }]);
    return timestamp.signingTime;
  });
}
