import { createHash, randomBytes } from 'node:crypto';
import {
  bits,
  certificateTime,
  der,
  integer,
  objectId,
  octets,
  pemOf,
  sequence,
  set,
  TRUE,
  utf8,
} from '../../builders/der.ts';
import { algorithmOf, type SigningKey, signedBy } from './keys.ts';

export interface Issued {
  readonly der: Uint8Array;
  readonly pem: string;
}

export interface Issuer extends Issued {
  readonly key: SigningKey;
  readonly name: string;
  readonly organization: string | undefined;
}

export interface CertificateWish {
  /** Common name; omitted: an empty subject, as Fulcio's. */
  readonly name?: string | undefined;
  readonly organization?: string | undefined;
  readonly spki: Uint8Array;
  readonly serial?: Uint8Array | undefined;
  readonly from: Date;
  readonly until: Date;
  readonly extensions: readonly Uint8Array[];
}

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** The part that is signed (RFC 5280, 4.1); a certificate log signs it too. */
export function bodyOf(issuer: Pick<Issuer, 'key' | 'name' | 'organization'>, wish: CertificateWish): Uint8Array {
  return sequence(
    der(0xa0, integer(2)),
    integer(wish.serial ?? aSerial()),
    algorithmOf(issuer.key),
    distinguishedName(issuer.name, issuer.organization),
    sequence(certificateTime(wish.from), certificateTime(wish.until)),
    distinguishedName(wish.name, wish.organization),
    wish.spki,
    der(0xa3, sequence(...wish.extensions)),
  );
}

export function aSerial(): Uint8Array {
  return Uint8Array.of(1, ...randomBytes(15));
}

export function issued(key: SigningKey, body: Uint8Array): Issued {
  const whole = sequence(body, algorithmOf(key), bits(signedBy(key, body)));
  return { der: whole, pem: pemOf('CERTIFICATE', whole) };
}

export function distinguishedName(name: string | undefined, organization?: string): Uint8Array {
  const parts = [
    ...(organization === undefined ? [] : [set(sequence(objectId('2.5.4.10'), utf8(organization)))]),
    ...(name === undefined ? [] : [set(sequence(objectId('2.5.4.3'), utf8(name)))]),
  ];
  return sequence(...parts);
}

export function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return sequence(objectId(id), ...(isCritical ? [TRUE] : []), octets(value));
}

export function keyUsage(...positions: readonly number[]): Uint8Array {
  const byte = positions.reduce((all, position) => all | (0x80 >> position), 0);
  return extension('2.5.29.15', bits(Uint8Array.of(byte), 7 - Math.max(...positions)), true);
}

export const DIGITAL_SIGNATURE = 0;
export const KEY_CERT_SIGN = 5;
export const CRL_SIGN = 6;

export function extendedKeyUsage(ids: readonly string[], isCritical = false): Uint8Array {
  return extension('2.5.29.37', sequence(...ids.map(objectId)), isCritical);
}

export function isAuthority(): Uint8Array {
  return extension('2.5.29.19', sequence(TRUE), true);
}

export function keyIds(own: SigningKey | Uint8Array, issuer: SigningKey): readonly Uint8Array[] {
  return [
    extension('2.5.29.14', octets(idOf('spki' in own ? own.spki : own))),
    extension('2.5.29.35', sequence(der(0x80, idOf(issuer.spki)))),
  ];
}

/** RFC 5280, 4.2.1.2 leaves the way of making it free. */
function idOf(spki: Uint8Array): Uint8Array {
  return createHash('sha1').update(spki).digest();
}

export interface AuthorityWish {
  readonly name: string;
  readonly organization?: string | undefined;
  readonly key: SigningKey;
  readonly from: Date;
  readonly until: Date;
}

/** An authority under `parent`, or a root. */
export function anIssuer(wish: AuthorityWish, parent?: Issuer, usages: readonly string[] = []): Issuer {
  const { name, organization, key, from, until } = wish;
  const above = parent ?? { key, name, organization };
  const extensions = [
    keyUsage(KEY_CERT_SIGN, CRL_SIGN),
    ...(usages.length === 0 ? [] : [extendedKeyUsage(usages)]),
    isAuthority(),
    ...keyIds(key, above.key),
  ];
  const body = bodyOf(above, { name, organization, spki: key.spki, from, until, extensions });
  return { ...issued(above.key, body), key, name, organization };
}
