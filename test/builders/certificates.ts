import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

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
    der(0xa0, integer(Uint8Array.of(2))),
    integer(Uint8Array.of(1, ...randomBytes(8))),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer.key);
  const whole = sequence(body, ECDSA_WITH_SHA256, der(0x03, Uint8Array.of(0), signature));
  const lines = Buffer.from(whole).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** Tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  return Buffer.concat([Uint8Array.of(tag, ...sizeOf(length)), content]);
}

/** In as few bytes as can be; of anything longer OpenSSL makes another text than the one that was signed. */
function sizeOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...parts);
}

function integer(bytes: Uint8Array): Uint8Array {
  return der(0x02, bytes);
}

function objectId(...bytes: readonly number[]): Uint8Array {
  return der(0x06, Uint8Array.from(bytes));
}

function commonName(name: string): Uint8Array {
  return sequence(der(0x31, sequence(objectId(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
}

function extension(id: Uint8Array, value: Uint8Array): Uint8Array {
  return sequence(id, der(0x04, value));
}

function alternativeNames(names: readonly string[]): Uint8Array {
  const entries = names.map((name) =>
    isIP(name) === 4 ? der(0x87, Uint8Array.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name)),
  );
  return extension(objectId(0x55, 0x1d, 0x11), sequence(...entries));
}

const ECDSA_WITH_SHA256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const IS_AUTHORITY = extension(objectId(0x55, 0x1d, 0x13), sequence(der(0x01, Uint8Array.of(0xff))));
