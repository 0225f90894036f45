import { octets } from '../../builders/der.ts';
import {
  anIssuer,
  aSerial,
  bodyOf,
  CODE_SIGNING,
  type CertificateWish,
  DIGITAL_SIGNATURE,
  extendedKeyUsage,
  extension,
  type Issued,
  type Issuer,
  issued,
  isAuthority,
  keyIds,
  keyUsage,
} from './certificate.ts';
import { type Identity, identityExtensions } from './identity.ts';
import { aSigningKey, type SigningKey, sha256, signedBy } from './keys.ts';

/** What can be wrong with the certificate of a signer. */
export interface CertificateKnobs {
  /** Omitted: the time of the signature. It lasts ten minutes. */
  readonly from?: Date | undefined;
  /** Object identifiers; omitted: code signing. */
  readonly usages?: readonly string[] | undefined;
  /** Bits of RFC 5280, 4.2.1.3; omitted: digital signature. */
  readonly keyUsage?: readonly number[] | undefined;
  readonly isAuthority?: boolean | undefined;
  /** `other-log`: of a log that nobody trusts; `other-certificate`: promised for another certificate. */
  readonly sct?: 'none' | 'other-log' | 'other-certificate' | undefined;
  readonly extra?: readonly Uint8Array[] | undefined;
}

/** A certificate log (RFC 6962), as much of it as promises to log. */
export interface CertificateLog {
  readonly key: SigningKey;
  /** SHA-256 of its key. */
  readonly id: Uint8Array;
}

export interface Fulcio {
  readonly root: Issuer;
  readonly intermediate: Issuer;
  certify(identity: Identity, key: SigningKey, at: Date, knobs?: CertificateKnobs): Issued;
}

export const FROM = new Date('2020-01-01T00:00:00Z');
export const UNTIL = new Date('2048-01-01T00:00:00Z');
const TEN_MINUTES_MS = 600_000;
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';

export function aCertificateLog(): CertificateLog {
  const key = aSigningKey();
  return { key, id: sha256(key.spki) };
}

/** The authority of a Sigstore instance; without a log its certificates carry no promise of one, as GitHub's own. */
export function aFulcio(organization: string, log: CertificateLog | undefined): Fulcio {
  const span = { organization, from: FROM, until: UNTIL };
  const root = anIssuer({ ...span, name: `${organization} root`, key: aSigningKey() });
  const intermediate = anIssuer({ ...span, name: `${organization} intermediate`, key: aSigningKey() }, root, [
    CODE_SIGNING,
  ]);
  return {
    root,
    intermediate,
    certify(identity, key, at, knobs = {}) {
      const own = extensionsOf(identity, keyIds(key, intermediate.key), knobs);
      const from = knobs.from ?? at;
      const body = { spki: key.spki, serial: aSerial(), from, until: new Date(from.getTime() + TEN_MINUTES_MS) };
      const promise = log && promiseFor(log, intermediate, { ...body, extensions: own }, knobs.sct);
      const extensions = [...own, ...(promise === undefined ? [] : [promise])];
      return issued(intermediate.key, bodyOf(intermediate, { ...body, extensions }));
    },
  };
}

function extensionsOf(identity: Identity, ids: readonly Uint8Array[], knobs: CertificateKnobs): readonly Uint8Array[] {
  return [
    keyUsage(...(knobs.keyUsage ?? [DIGITAL_SIGNATURE])),
    extendedKeyUsage(knobs.usages ?? [CODE_SIGNING]),
    ...(knobs.isAuthority === true ? [isAuthority()] : []),
    ...ids,
    ...identityExtensions(identity),
    ...(knobs.extra ?? []),
  ];
}

function promiseFor(
  log: CertificateLog,
  issuer: Issuer,
  wish: CertificateWish,
  knob: CertificateKnobs['sct'],
): Uint8Array | undefined {
  if (knob === 'none') return undefined;
  const body = bodyOf(issuer, knob === 'other-certificate' ? { ...wish, serial: aSerial() } : wish);
  const kept = promisedBy(knob === 'other-log' ? aCertificateLog() : log, issuer, body, wish.from);
  return extension(SCT_LIST, octets(listOf(kept)));
}

/** RFC 6962, 3.2: the log signs the certificate as it is without this promise. */
function promisedBy(log: CertificateLog, issuer: Issuer, body: Uint8Array, at: Date): Uint8Array {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(at.getTime()));
  const isPrecertificate = Uint8Array.of(0, 1);
  const noExtensions = Uint8Array.of(0, 0);
  const signed = Buffer.concat([
    Uint8Array.of(0, 0),
    time,
    isPrecertificate,
    sha256(issuer.key.spki),
    Uint8Array.of(body.length >> 16, (body.length >> 8) & 0xff, body.length & 0xff),
    body,
    noExtensions,
  ]);
  const signature = signedBy(log.key, signed);
  const sha256WithEcdsa = Uint8Array.of(4, 3);
  return Buffer.concat([Uint8Array.of(0), log.id, time, noExtensions, sha256WithEcdsa, withLength(signature)]);
}

function listOf(...promises: readonly Uint8Array[]): Uint8Array {
  return withLength(Buffer.concat(promises.map(withLength)));
}

function withLength(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}
