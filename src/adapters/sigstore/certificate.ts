import type { ASN1Obj } from '@sigstore/core';
import { X509Certificate } from '@sigstore/core';
import { keepEncoding } from './kept-encoding.ts';
import { invalid, malformed } from './refusal.ts';
import type { Signed } from './signed.ts';

const EXTENDED_KEY_USAGE = '2.5.29.37';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
/** RFC 5280, 4.1: where the names stand in a body that names its version, as the library reads it. */
const ISSUER = 3;
const SUBJECT = 5;
export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** Who signed, and what came with it to lead to an authority. Nothing of it is trusted. */
export interface Chain {
  readonly leaf: X509Certificate;
  readonly above: readonly X509Certificate[];
}

/** The certificate of the signer; what came with it may complete a chain, but never brings its own root (P-C9). */
export function chainOf({ certificates }: Pick<Signed, 'certificates'>): Chain {
  const [leaf, ...above] = certificates.map(parseCertificate);
  if (leaf === undefined) throw malformed('it has no certificate');
  if ([leaf, ...above].some(isSelfSigned)) throw invalid('a self-signed certificate is among its certificates');
  assertSigns(leaf);
  return { leaf, above };
}

/** Strict DER: the library refuses what follows, and lengths that could be written otherwise. */
export function parseCertificate(der: Buffer<ArrayBuffer>): X509Certificate {
  try {
    return keepEncoding(X509Certificate.parse(der));
  } catch {
    throw malformed('a certificate cannot be read');
  }
}

export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject.equals(certificate.issuer) && certificate.verify();
}

/** The library asks for a path to a root, not for what the certificate may be used for (P-C8). */
function assertSigns(leaf: X509Certificate): void {
  const ids = extensionIds(leaf);
  if (new Set(ids).size !== ids.length) throw malformed('its certificate has an extension twice');
  if (!extendedUsages(leaf).includes(CODE_SIGNING)) throw invalid('its certificate is not one for signing code');
  if (leaf.extKeyUsage?.digitalSignature !== true) throw invalid('its certificate is not one for signatures');
  if (leaf.extBasicConstraints?.isCA === true) throw invalid('its certificate is one of an authority, not of a signer');
}

export function extendedUsages(certificate: X509Certificate): readonly string[] {
  const usages = certificate.extension(EXTENDED_KEY_USAGE)?.valueObj.subs[0]?.subs ?? [];
  return usages.map((usage) => usage.toOID());
}

/** In their order, and as often as they are there. */
export function extensionIds({ extensions }: X509Certificate): readonly string[] {
  return extensions.map(({ subs }) => subs[0]?.toOID() ?? '');
}

/** RFC 5280, 4.2.1.6: tags of general names that say who signs, and of the one for other kinds. */
const NAMES: readonly number[] = [0x81, 0x82, 0x86];
const OTHER_NAME = 0xa0;

/**
 * The one alternative name: an address, a host name, a URI, or a user name of Fulcio. cosign takes any of several, sigstore-go the first
 * of its favourite kind; a certificate with several is of nobody here, so that no name passes for another.
 */
export function alternativeName(certificate: X509Certificate): string | undefined {
  const names = certificate.extension(SUBJECT_ALTERNATIVE_NAME)?.valueObj.subs[0]?.subs;
  if (names === undefined) return undefined;
  const [name] = names;
  if (name === undefined || names.length !== 1) throw invalid('its certificate has not exactly one alternative name');
  const tag = name.toDER()[0] ?? 0;
  if (tag === OTHER_NAME) return userName(name);
  if (!NAMES.includes(tag)) throw invalid('its certificate has an alternative name of a kind that is not supported');
  return printable(name.value, 'alternative name');
}

const USER_NAME = '1.3.6.1.4.1.57264.1.7';
/** UTF8String under the explicit tag of its value. */
const TEXT_IN_VALUE = [0xa0, 0x0c];

/**
 * `user!domain`, as Fulcio writes users who have neither address nor URI. The text has no other form, so that it never reads as one:
 * https://github.com/sigstore/fulcio/blob/main/pkg/identity/username/principal.go
 */
function userName(name: ASN1Obj): string {
  const [id, value, ...more] = name.subs;
  const [text, ...others] = value?.subs ?? [];
  if (id?.tag.isOID() !== true || id.toOID() !== USER_NAME)
    throw invalid('its certificate has an alternative name of a kind that is not supported');
  const tags = [value, text].map((part) => part?.toDER()[0]);
  if (text === undefined || more.length + others.length > 0 || tags.join() !== TEXT_IN_VALUE.join())
    throw malformed('the user name of its certificate is not written as text');
  const user = printable(text.value, 'user name');
  if (!/^[^!@/:]+![A-Za-z0-9.-]+$/.test(user)) throw malformed('the user name of its certificate is not user!domain');
  return user;
}

/** Bytes beyond ASCII would look like another name to a reader who drops their highest bit. */
function printable(bytes: Buffer, what: string): string {
  const text = bytes.toString('latin1');
  if (!/^[\x20-\x7e]+$/.test(text)) throw malformed(`the ${what} of its certificate is not plain text`);
  return text;
}

/** The last common name of the subject, as authorities of one's own use it. */
export function commonName(certificate: X509Certificate): string | undefined {
  const values = partsOf(certificate.tbsCertificate.subs[SUBJECT], COMMON_NAME);
  const [value] = values;
  return values.length === 1 && value !== undefined ? printable(value, 'common name') : undefined;
}

/** Does it say that it was issued in the name of this organization? A claim, proven by nobody yet. */
export function isIssuedAs(certificate: X509Certificate, organization: string): boolean {
  const names = partsOf(certificate.tbsCertificate.subs[ISSUER], ORGANIZATION);
  return names.some((name) => name?.toString('utf8') === organization);
}

function partsOf(name: ASN1Obj | undefined, id: string): readonly (Buffer | undefined)[] {
  const parts = name?.subs.flatMap(({ subs }) => subs) ?? [];
  return parts.filter((part) => part.subs[0]?.toOID() === id).map((part) => part.subs[1]?.value);
}
