import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { JsonObject } from '../../model/json.ts';
import type { Attachment } from '../../model/provenance.ts';
import { base64Of, pemBlock, pemBlocksAmong } from './base64.ts';
import { isSelfSigned, parseCertificate } from './certificate.ts';
import { readEnvelope } from './read-envelope.ts';
import { objectIn, readObject, textIn } from './reading.ts';
import { malformed } from './refusal.ts';
import type { Signed } from './signed.ts';

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const LOG_ENTRY = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** A layer of `sha256-….sig`: the payload is its content, all else stands in annotations. */
export function readCosignSignature({ content, annotations }: Attachment): Signed {
  const signature = base64Of(annotations[SIGNATURE] ?? '', `the annotation ${SIGNATURE}`);
  const payload = Buffer.from(content);
  return { content: { kind: 'simple-signing', payload }, signature, stamped: [signature], ...proofsIn(annotations) };
}

/**
 * A layer of `sha256-….att`: an envelope. cosign has the whole of it stamped, since the annotation of the signature is empty:
 * https://github.com/sigstore/cosign/blob/main/pkg/cosign/verify.go (VerifyRFC3161Timestamp)
 */
export function readCosignAttestation({ content, annotations }: Attachment): Signed {
  const { signature, ...envelope } = readEnvelope(readObject(content, 'the envelope'));
  return { content: envelope, signature, stamped: [signature, Buffer.from(content)], ...proofsIn(annotations) };
}

type Proofs = Pick<Signed, 'certificates' | 'entries' | 'timestamps'>;

function proofsIn(annotations: Attachment['annotations']): Proofs {
  const { [CERTIFICATE]: certificate = '', [LOG_ENTRY]: entry = '', [TIMESTAMP]: timestamp = '' } = annotations;
  return {
    certificates: certificate === '' ? [] : [certificateIn(certificate), ...chainIn(annotations[CHAIN] ?? '')],
    entries: entry === '' ? [] : [entryIn(readObject(Buffer.from(entry), `the annotation ${LOG_ENTRY}`))],
    timestamps: timestamp === '' ? [] : [timestampIn(timestamp)],
  };
}

function certificateIn(text: string): Buffer<ArrayBuffer> {
  const { label, der } = pemBlock(text, `the annotation ${CERTIFICATE}`);
  if (label !== 'CERTIFICATE') throw malformed(`the annotation ${CERTIFICATE} holds a ${label}`);
  return der;
}

/** Above Fulcio's certificates are two; an authority of one's own has hardly more than three. */
const MAX_CHAIN = 10;

/** Of those above the signer's, cosign writes the root last. It is left out: a root is not trusted for being there. */
function chainIn(text: string): readonly Buffer<ArrayBuffer>[] {
  const blocks = pemBlocksAmong(text, `the annotation ${CHAIN}`);
  if (blocks.length > MAX_CHAIN) throw malformed(`the annotation ${CHAIN} has more than ${MAX_CHAIN} certificates`);
  const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
  if (other !== undefined) throw malformed(`the annotation ${CHAIN} holds a ${other.label}`);
  return blocks.map(({ der }) => der).filter((der) => !isSelfSigned(parseCertificate(der)));
}

function timestampIn(text: string): Buffer<ArrayBuffer> {
  const object = readObject(Buffer.from(text), `the annotation ${TIMESTAMP}`);
  return base64Of(textIn(object, 'SignedRFC3161Timestamp', `the annotation ${TIMESTAMP}`), 'the timestamp');
}

/** What Rekor answered, as cosign keeps it: promised by a signature (SET), without proof of inclusion. */
function entryIn(annotation: JsonObject): TransparencyLogEntry {
  const what = `the annotation ${LOG_ENTRY}`;
  const payload = objectIn(annotation, 'Payload', what);
  const canonicalizedBody = base64Of(textIn(payload, 'body', what), 'the log entry');
  const body = readObject(canonicalizedBody, 'the log entry');
  const logId = textIn(payload, 'logID', what);
  if (!/^(?:[0-9a-f]{2})+$/.test(logId)) throw malformed(`${what} has a log id that is not in hexadecimal`);
  const promise = base64Of(textIn(annotation, 'SignedEntryTimestamp', what), 'the signature of the log entry');
  return {
    logIndex: String(integerIn(payload, 'logIndex')),
    logId: { keyId: Buffer.from(logId, 'hex') },
    kindVersion: { kind: textIn(body, 'kind', what), version: textIn(body, 'apiVersion', what) },
    integratedTime: String(integerIn(payload, 'integratedTime')),
    inclusionPromise: { signedEntryTimestamp: promise },
    inclusionProof: undefined,
    canonicalizedBody,
  };
}

function integerIn(object: JsonObject, key: string): number {
  const value = object[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(`the annotation ${LOG_ENTRY} has no whole number "${key}"`);
  return value;
}
