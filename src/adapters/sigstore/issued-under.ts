import type { ASN1Obj, X509Certificate } from '@sigstore/core';
// The library exports its check of chains only as part of a whole one, which asks for a log. Versions are pinned.
import { CertificateChainVerifier } from '@sigstore/verify/dist/key/certificate.js';
import { CODE_SIGNING, type Chain, extendedUsages, extensionIds } from './certificate.ts';
import type { UsableAuthority } from './usable-trust.ts';

/** Does the authority, or one that it may have issued, claim to have issued the certificate? */
export function isIssuedBy({ leaf, above }: Chain, authority: UsableAuthority): boolean {
  const issuable = authority.isRootAlone ? [leaf, ...above] : [leaf];
  return issuable.some(({ issuer }) => authority.chain.some(({ subject }) => subject.equals(issuer)));
}

/**
 * A way from the signer to a root of the authority, each of whose steps is valid at that time. Where policy names the root alone, what
 * came with the signature may lie between, as cosign has it; but each such certificate must first be proven by what is trusted
 * already, so that none vouches for itself. Who names intermediates means those and no others. Throws.
 * https://github.com/sigstore/cosign/blob/main/pkg/cosign/verify.go (verifyInternal)
 */
export function assertLeadsTo({ chain, isRootAlone }: UsableAuthority, { leaf, above }: Chain, timestamp: Date): void {
  const trusted = [...chain];
  const left = isRootAlone ? above.filter(mayIssueSigners) : [];
  const check = (certificate: X509Certificate) =>
    new CertificateChainVerifier({ trustedCerts: [...trusted], untrustedCert: certificate, timestamp }).verify();
  for (;;)
    try {
      check(leaf);
      return;
    } catch (error) {
      const next = left.findIndex((certificate) => holds(() => check(certificate)));
      if (next < 0) throw error;
      trusted.push(...left.splice(next, 1));
    }
}

function holds(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

const ANY_USAGE = '2.5.29.37.0';
const NAME_CONSTRAINTS = '2.5.29.30';
/** Basic constraints, usage of the key, extended usage: critical ones that are heeded. */
const HEEDED = ['2.5.29.19', '2.5.29.15', '2.5.29.37'];

/**
 * An authority that policy did not name must be one for signers of code, and bound by nothing that is not looked at here (RFC 5280,
 * 4.2). That it is an authority at all the library sees; but a certificate of the key that signed it ends a way for the library,
 * whatever its names are, and with it the count of steps that an authority allows.
 */
function mayIssueSigners(certificate: X509Certificate): boolean {
  const usages = extendedUsages(certificate);
  const ids = extensionIds(certificate);
  return (
    !certificate.verify() &&
    new Set(ids).size === ids.length &&
    (!ids.includes('2.5.29.37') || usages.includes(CODE_SIGNING) || usages.includes(ANY_USAGE)) &&
    !ids.includes(NAME_CONSTRAINTS) &&
    certificate.extensions.every((extension, index) => HEEDED.includes(ids[index] ?? '') || !isCritical(extension))
  );
}

function isCritical({ subs: [, second] }: ASN1Obj): boolean {
  return second?.tag.isBoolean() === true && second.toBoolean();
}
