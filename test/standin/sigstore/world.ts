import type { TrustedRoot } from '../../../src/model/provenance.ts';
import { aCertificateLog, aFulcio, type CertificateLog, type Fulcio, FROM } from './fulcio.ts';
import { base64, KEY_DETAILS, type SigningKey } from './keys.ts';
import { aRekor, aTiledRekor, type TransparencyLog } from './rekor.ts';
import { aTimestampAuthority, type TimestampAuthority } from './timestamp.ts';

/** A Sigstore instance of one's own: every part of it is a function, nothing listens, nothing is asked for. */
export interface SigningWorld {
  /** When things are signed unless they say otherwise. */
  readonly at: Date;
  readonly fulcio: Fulcio;
  readonly certificateLog: CertificateLog | undefined;
  readonly rekor: TransparencyLog | undefined;
  readonly tiles: TransparencyLog | undefined;
  readonly timestamps: TimestampAuthority;
  readonly trustedRoot: TrustedRoot;
}

export interface WorldWish {
  /** Of the trusted root; keep it different where two worlds meet. */
  readonly name?: string | undefined;
  /** `github`: neither transparency log nor certificate log, as GitHub's instance for private repositories. */
  readonly style?: 'public' | 'github' | undefined;
  /** In whose name certificates are issued; omitted: the name with `.example` behind. */
  readonly organization?: string | undefined;
  readonly at?: Date | undefined;
}

export const SIGNED_AT = new Date('2026-03-01T12:00:00Z');

export function signingWorld({
  name = 'standin',
  style = 'public',
  at = SIGNED_AT,
  ...wish
}: WorldWish = {}): SigningWorld {
  const hasLogs = style === 'public';
  const certificateLog = hasLogs ? aCertificateLog() : undefined;
  const parts = {
    at,
    certificateLog,
    fulcio: aFulcio(wish.organization ?? `${name}.example`, certificateLog),
    rekor: hasLogs ? aRekor(`rekor.${name}.example`) : undefined,
    tiles: hasLogs ? aTiledRekor(`log2025-1.rekor.${name}.example`) : undefined,
    timestamps: aTimestampAuthority(`${name}.example`),
  };
  const logs = hasLogs ? 1 : 0;
  const json = JSON.stringify(rootOf(name, parts));
  return { ...parts, trustedRoot: { name, json, thresholds: { logs, certificateLogs: logs, timestamps: 1 - logs } } };
}

/** A trusted_root.json: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto */
function rootOf(
  name: string,
  { fulcio, certificateLog, rekor, tiles, timestamps }: Omit<SigningWorld, 'trustedRoot'>,
): object {
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [rekor, tiles].flatMap((log) => (log === undefined ? [] : [trustedLog(log)])),
    certificateAuthorities: [authority(name, 'fulcio', [fulcio.intermediate, fulcio.root])],
    ctlogs:
      certificateLog === undefined ? [] : [trustedLog({ ...certificateLog, url: `https://ctfe.${name}.example` })],
    timestampAuthorities: [authority(name, 'timestamp', [timestamps.leaf, timestamps.root])],
  };
}

function trustedLog(log: { readonly url: string; readonly key: SigningKey; readonly id: Uint8Array }): object {
  return {
    baseUrl: log.url,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(log.key.spki), keyDetails: KEY_DETAILS[log.key.kind], validFor: VALID },
    logId: { keyId: base64(log.id) },
  };
}

function authority(name: string, service: string, chain: readonly { readonly der: Uint8Array }[]): object {
  return {
    subject: { organization: `${name}.example`, commonName: service },
    uri: `https://${service}.${name}.example`,
    certChain: { certificates: chain.map(({ der }) => ({ rawBytes: base64(der) })) },
    validFor: VALID,
  };
}

const VALID = { start: FROM.toISOString() };
