import type { X509Certificate } from '@sigstore/core';
import type { CertificateClaims } from '../../model/provenance.ts';
import { invalid, malformed } from './refusal.ts';

/** https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const FULCIO = '1.3.6.1.4.1.57264.1';
const GITHUB = 'https://token.actions.githubusercontent.com';

export interface FulcioClaims {
  readonly issuer: string;
  readonly claims: CertificateClaims;
}

/** What the authority has written of the identity. Names of before 2023 (.1 to .6) count only where their successors are absent. */
export function fulcioClaims(certificate: X509Certificate): FulcioClaims {
  const text = (id: number) => claimAt(certificate, id);
  const issuer = text(8) ?? text(1);
  if (issuer === undefined || issuer === '') throw invalid('its certificate names no issuer of the identity');
  return {
    issuer,
    claims: {
      buildSignerUri: text(9),
      runnerEnvironment: text(11),
      sourceRepositoryUri: text(12) ?? legacyRepository(issuer, text(5)),
      sourceRepositoryId: text(15),
      sourceDigest: text(13) ?? text(3),
      sourceRef: text(14) ?? text(6),
      ownerUri: text(16),
      ownerId: text(17),
      buildConfigUri: text(18),
      trigger: text(20) ?? text(2),
      runUri: text(21),
      visibility: text(22),
    },
  };
}

/** The old claim is `owner/name` without a host, and only GitHub's issuer made it. */
function legacyRepository(issuer: string, name: string | undefined): string | undefined {
  return issuer === GITHUB && name !== undefined ? `https://github.com/${name}` : undefined;
}

const UTF8_STRING = 0x0c;
/** The first claim that is DER; those before are bare text. */
const FIRST_ENCODED = 8;

function claimAt(certificate: X509Certificate, id: number): string | undefined {
  const extension = certificate.extension(`${FULCIO}.${id}`);
  if (extension === undefined) return undefined;
  const { value } = extension;
  return id < FIRST_ENCODED ? utf8(value) : utf8String(value);
}

/** X.690, 8.1.3: a length below 128 is one byte, a longer one is preceded by how many bytes it takes; nothing may follow. */
function utf8String(value: Buffer): string {
  const [tag, first = 0] = value;
  const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = 2 + sizeBytes;
  const length = sizeBytes === 0 ? first : value.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (tag !== UTF8_STRING || sizeBytes > 2 || value.length !== start + length)
    throw malformed('a claim of its certificate is not written as text');
  return utf8(value.subarray(start));
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('a claim of its certificate is not written in UTF-8');
  }
}
