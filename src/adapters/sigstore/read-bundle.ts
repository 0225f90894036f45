import { type Bundle, bundleFromJSON, type TransparencyLogEntry, ValidationError } from '@sigstore/bundle';
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { base64Of } from './base64.ts';
import { readEnvelope } from './read-envelope.ts';
import { assertOneReadingDeep, objectIn, readObject, textIn } from './reading.ts';
import { invalid, malformed } from './refusal.ts';
import { isDigestOf, type Signed } from './signed.ts';

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto */
const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
];

/** Fields of bytes in a bundle; the parser of the library forgives what is not base64. */
const BYTES = new Set([
  'payload',
  'sig',
  'signature',
  'digest',
  'rawBytes',
  'keyId',
  'canonicalizedBody',
  'signedEntryTimestamp',
  'signedTimestamp',
  'rootHash',
  'hashes',
]);

/** `artifacts`: bytes that a bundle without envelope may speak of. */
export function readBundle(bytes: Uint8Array, artifacts: readonly Uint8Array[]): Signed {
  const object = readObject(bytes, 'the bundle');
  assertOneReadingDeep(object, 'the bundle');
  const mediaType = textIn(object, 'mediaType', 'the bundle');
  if (!MEDIA_TYPES.includes(mediaType)) throw malformed(`the media type ${mediaType} is no version of a bundle`);
  const material = objectIn(object, 'verificationMaterial', 'the bundle');
  exactlyOne(object, ['dsseEnvelope', 'messageSignature']);
  exactlyOne(material, ['publicKey', 'certificate', 'x509CertificateChain']);
  assertBase64(object);
  const bundle = parsed(object);
  return { ...contentIn(object, bundle, artifacts), ...proofsIn(bundle) };
}

/** Of alternatives the library takes the first that it finds; another reader may take another one. */
function exactlyOne(object: JsonObject, keys: readonly string[]): void {
  const found = keys.filter((key) => object[key] !== undefined && object[key] !== null);
  if (found.length !== 1) throw malformed(`the bundle has not exactly one of ${keys.join(', ')}`);
}

function assertBase64(value: JsonValue): void {
  if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) assertBase64(item);
  if (!isObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    const texts = (Array.isArray(member) ? (member as readonly JsonValue[]) : [member]).filter(
      (item) => typeof item === 'string',
    );
    if (BYTES.has(key)) for (const text of texts) base64Of(text, `"${key}" of the bundle`);
    assertBase64(member);
  }
}

function parsed(object: JsonObject): Bundle {
  try {
    return bundleFromJSON(object);
  } catch (error) {
    const fields = error instanceof ValidationError ? `: ${error.fields.join(', ')}` : '';
    throw malformed(`the bundle is not of the form that its media type asks for${fields}`);
  }
}

function contentIn(
  object: JsonObject,
  { content }: Bundle,
  artifacts: readonly Uint8Array[],
): Pick<Signed, 'content' | 'signature' | 'stamped'> {
  if (content.$case === 'dsseEnvelope') {
    const { signature, ...envelope } = readEnvelope(objectIn(object, 'dsseEnvelope', 'the bundle'));
    return { content: envelope, signature, stamped: [signature] };
  }
  const { signature, messageDigest } = content.messageSignature;
  const payload = artifacts.map((bytes) => Buffer.from(bytes)).find((bytes) => isDigestOf(messageDigest.digest, bytes));
  if (payload === undefined)
    throw invalid('it signs bytes, not a statement, and those bytes are none that the image names');
  return { content: { kind: 'manifest', payload }, signature, stamped: [signature] };
}

function proofsIn({ verificationMaterial }: Bundle): Pick<Signed, 'certificates' | 'entries' | 'timestamps'> {
  const { content, tlogEntries, timestampVerificationData } = verificationMaterial;
  const stamps = timestampVerificationData?.rfc3161Timestamps ?? [];
  return {
    certificates: certificatesIn(content),
    entries: tlogEntries.map(withoutHalfProof),
    timestamps: stamps.map(({ signedTimestamp }) => Buffer.from(signedTimestamp)),
  };
}

function certificatesIn(content: Bundle['verificationMaterial']['content']): readonly Buffer<ArrayBuffer>[] {
  switch (content.$case) {
    case 'publicKey':
      return [];
    case 'certificate':
      return [Buffer.from(content.certificate.rawBytes)];
    case 'x509CertificateChain':
      return content.x509CertificateChain.certificates.map(({ rawBytes }) => Buffer.from(rawBytes));
  }
}

/**
 * Bundles of version 0.1 may have a proof without the checkpoint that it leads to. It proves nothing then; the promise (SET), which
 * that version demands, still does.
 */
function withoutHalfProof(entry: TransparencyLogEntry): TransparencyLogEntry {
  return entry.inclusionProof?.checkpoint === undefined ? { ...entry, inclusionProof: undefined } : entry;
}
