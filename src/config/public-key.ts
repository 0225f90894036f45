import { createHash, createPublicKey, X509Certificate } from 'node:crypto';

/** `sha256:…` of what stands between the lines of a PEM text: of a public key, its SubjectPublicKeyInfo. */
export function fingerprintOf(pem: string): string {
  const body = pem.replace(/-----[^-]*-----|\s/g, '');
  return `sha256:${createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex')}`;
}

/** The key in one form (SubjectPublicKeyInfo), whatever form it is written in; undefined where it is no public key. */
export function publicKeyOf(pem: string): string | undefined {
  // A private key would give its public half; whoever has put one into a repository must be told.
  if (!/^-----BEGIN (?:[A-Z]+ )?PUBLIC KEY-----\s/.test(pem.trim())) return undefined;
  try {
    return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return undefined;
  }
}

/** The certificates of a PEM text, in order; none where one of them cannot be read. */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}
