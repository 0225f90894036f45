import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, certificateTime, der, integer, objectId, octets, pemOf, sequence, TRUE, utf8 } from './der.ts';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM of the authority itself. */
  readonly ca: string;
  /** For a server of these names and IPv4 addresses. */
  issue(...names: readonly string[]): Certificate;
}

/** An authority that nobody trusts, and its certificates (RFC 5280), for TLS on loopback; no file, no program. */
export function anAuthority(): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: 'presync test authority', key: own.privateKey };
  return {
    ca: certificate(issuer, issuer.name, own.publicKey, [IS_AUTHORITY]),
    issue(...names) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const cert = certificate(issuer, names[0] ?? 'nobody', publicKey, [alternativeNames(names)]);
      return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

function certificate(
  issuer: { readonly name: string; readonly key: KeyObject },
  subject: string,
  publicKey: KeyObject,
  extensions: readonly Uint8Array[],
): string {
  const body = sequence(
    der(0xa0, integer(2)),
    integer(Uint8Array.of(1, ...randomBytes(8))),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    sequence(certificateTime(new Date('2020-01-01')), certificateTime(new Date('2049-12-31T23:59:59Z'))),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer.key);
  return pemOf('CERTIFICATE', sequence(body, ECDSA_WITH_SHA256, bits(signature)));
}

function commonName(name: string): Uint8Array {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), utf8(name))));
}

function extension(id: string, value: Uint8Array): Uint8Array {
  return sequence(objectId(id), octets(value));
}

function alternativeNames(names: readonly string[]): Uint8Array {
  const entries = names.map((name) =>
    isIP(name) === 4 ? der(0x87, Uint8Array.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name)),
  );
  return extension('2.5.29.17', sequence(...entries));
}

const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const IS_AUTHORITY = extension('2.5.29.19', sequence(TRUE));
