import { createHash, createPublicKey } from 'node:crypto';
import type { JsonObject } from '../model/json.ts';
import type { KeptAuthority, KeptLog, SigstoreKeys } from '../model/sigstore-keys.ts';
import { certificatesOf } from './public-key.ts';

/** The object that brings such keys knows no days: they count always, as they do where it is obeyed. */
const ALWAYS = { start: '1970-01-01T00:00:00Z' };

/**
 * The `trusted_root.json` of a Sigstore instance whose keys are at hand; undefined where one of them cannot be read.
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 */
export function trustedRootOf(keys: SigstoreKeys): string | undefined {
  try {
    return JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: keys.logs.map(logOf),
      ctlogs: keys.certificateLogs.map(logOf),
      certificateAuthorities: keys.certificateAuthorities.map(authorityOf),
      timestampAuthorities: keys.timestampAuthorities.map(authorityOf),
    });
  } catch {
    return undefined;
  }
}

const DETAILS: Readonly<Record<string, string>> = {
  prime256v1: 'PKIX_ECDSA_P256_SHA_256',
  secp384r1: 'PKIX_ECDSA_P384_SHA_384',
  secp521r1: 'PKIX_ECDSA_P521_SHA_512',
  ed25519: 'PKIX_ED25519',
};

/** A log is called by the hash of its key: https://www.rfc-editor.org/rfc/rfc6962#section-3.2 */
function logOf({ url, pem }: KeptLog): JsonObject {
  const key = createPublicKey(pem);
  const der = key.export({ type: 'spki', format: 'der' });
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? '';
  return {
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: der.toString('base64'),
      keyDetails: DETAILS[kind] ?? 'PKIX_RSA_PKCS1V15_2048_SHA256',
      validFor: ALWAYS,
    },
    logId: { keyId: createHash('sha256').update(der).digest('base64') },
  };
}

function authorityOf({ organization, commonName, uri, pem }: KeptAuthority): JsonObject {
  const certificates = certificatesOf(pem).map(({ raw }) => ({ rawBytes: raw.toString('base64') }));
  if (certificates.length === 0) throw new Error('no certificates');
  return { subject: { organization, commonName }, uri, certChain: { certificates }, validFor: ALWAYS };
}
