import { sentenceOf } from '../model/error.ts';
import { ImageRefError, parseImageRef } from '../model/image-ref.ts';
import type { JsonObject } from '../model/json.ts';
import type { Believed, EvidenceBook, ImageEvidence, Rejected, Signer } from '../model/provenance.ts';
import { NOT_KNOWN_TO_OTHERS } from './foreign-rules.ts';

/**
 * What is known of images, as the engine's `kyverno.images` is told. Kyverno looks into the registry only, and asks of the image or
 * index itself: https://github.com/kyverno/kyverno/blob/main/pkg/image/verifiers/ivpol/cosign/verifier.go
 */
export function factsOf(images: readonly string[], book: EvidenceBook): JsonObject {
  return Object.fromEntries(images.map((image) => [image, factsOfImage(image, book)]));
}

function factsOfImage(image: string, book: EvidenceBook): JsonObject {
  try {
    const evidence = book.of(parseImageRef(image));
    return evidence === undefined ? { unknown: `${image} was not looked up` } : factsIn(image, evidence);
  } catch (error) {
    if (error instanceof ImageRefError) return { unknown: sentenceOf(error) };
    throw error;
  }
}

function factsIn(image: string, evidence: ImageEvidence): JsonObject {
  if (evidence.status !== 'read') return { unknown: `${image} could not be read: ${evidence.reason}` };
  const { digest } = evidence;
  const rejected = evidence.rejected.filter(isThere);
  const believed = evidence.believed.filter((one) => isThere(one) && one.subject === digest);
  // What is no bundle that can be read is passed over there.
  const readable = [...believed, ...rejected.filter(({ fault }) => fault !== 'malformed')];
  return {
    digest,
    bundles: readable.some(({ format }) => format === 'sigstore-bundle'),
    doubt: rejected.length > 0 || believed.some(({ signer }) => !isKnownThere(signer)),
    bare: readable.length === 0 && rejected.length === 0 && evidence.notes.length === 0,
    believed: believed.flatMap(signatureOf),
  };
}

function isThere({ isElsewhere }: Believed | Rejected): boolean {
  return isElsewhere !== true;
}

/** A certificate of an authority of our own is none that Kyverno knows; nor one of a root that it is not given. */
function isKnownThere(signer: Signer): signer is Exclude<Signer, { readonly kind: 'certificate' }> {
  if (signer.kind === 'keyless') return signer.root !== NOT_KNOWN_TO_OTHERS && signer.isScoped !== true;
  return signer.kind === 'key';
}

function signatureOf({ format, predicateType, statement, signer, isLogged }: Believed): readonly JsonObject[] {
  if (!isKnownThere(signer)) return [];
  const by = signer.kind === 'key' ? { key: signer.name } : { issuer: signer.issuer, subject: signer.subject };
  const said = {
    ...(predicateType === undefined ? {} : { predicateType }),
    ...(statement === undefined ? {} : { statement }),
  };
  return [{ bundle: format === 'sigstore-bundle', ...said, ...by, logged: isLogged }];
}
