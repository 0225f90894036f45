import type { ASN1Obj, X509Certificate } from '@sigstore/core';
import type { TrustMaterial } from '@sigstore/verify';

/** RFC 5280, 4.1: where the SubjectPublicKeyInfo stands in a body that names its version, as the library reads it, and the tag of extensions. */
const PUBLIC_KEY = 6;
const EXTENSIONS = 3;

/**
 * The library writes a certificate as DER again, value by value, each time that it compares two or checks a signature, and took more
 * than half of a verification for it. Here each of the parts that it asks for keeps what it was written as when it was asked first. It
 * stays with the object itself, so that no certificate can be taken for another one; a copy is parsed from bytes and keeps nothing, which
 * the library relies on where it takes an extension out (https://github.com/sigstore/sigstore-js/blob/main/packages/verify/src/key/sct.ts).
 * In the same way the ids of extensions, of which it reads all that come before the one that it looks for.
 */
export function keepEncoding(certificate: X509Certificate): X509Certificate {
  const { root } = certificate;
  const [body] = root.subs;
  for (const part of [body?.subs[PUBLIC_KEY], body, root]) if (part !== undefined) keep(part, 'toDER');
  const extensions = body?.subs.find(({ tag }) => tag.isContextSpecific(EXTENSIONS))?.subs[0]?.subs ?? [];
  for (const [id] of extensions.map(({ subs }) => subs)) if (id !== undefined) keep(id, 'toOID');
  return certificate;
}

/** Those of the authorities of a root. */
export function keepEncodings(material: TrustMaterial): TrustMaterial {
  for (const { certChain } of [...material.certificateAuthorities, ...material.timestampAuthorities])
    for (const certificate of certChain) keepEncoding(certificate);
  return material;
}

/** Not before it is asked for: of what strangers send, most is refused without. */
function keep(part: ASN1Obj, name: 'toDER' | 'toOID'): void {
  const make: () => Buffer | string = part[name].bind(part);
  let made: Buffer | string | undefined;
  Object.defineProperty(part, name, { value: () => (made ??= make()), configurable: true });
}
