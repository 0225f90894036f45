import type { Made } from '../sigstore/attachments.ts';
import {
  type AnyDescriptor,
  descriptorOf,
  EMPTY,
  jsonDocument,
  OCI_INDEX,
  OCI_MANIFEST,
  referrerOf,
  writtenIn,
} from './document.ts';
import type { RegistryStandIn } from './registry.ts';

/** Where something is attached: a repository without its registry, and the image in it. */
export interface Place {
  readonly registry: RegistryStandIn;
  readonly repository: string;
  readonly digest: string;
}

/**
 * Puts it where its format belongs: a layer more under the tag `.sig` or `.att`, or a referrer. Answers with the digest of the
 * manifest that holds it now.
 */
export function attach(place: Place, made: Made): string {
  if (made.format === 'sigstore-bundle') return attachReferrer(place, made);
  return attachLayer(place, made, made.format === 'cosign-signature' ? 'sig' : 'att');
}

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery */
export function attachLayer(place: Place, made: Made, suffix: 'sig' | 'att'): string {
  const { registry, repository } = place;
  const tag = `${fallbackTag(place.digest)}.${suffix}`;
  const before = registry.stored(repository, tag);
  const { mediaType, content, annotations } = made;
  const layer = { mediaType, digest: registry.keep(content), size: content.length, annotations };
  const layers = [...(before === undefined ? [] : (writtenIn(before).layers ?? [])), layer];
  const config = Buffer.from(
    JSON.stringify({ rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) } }),
  );
  const described = { mediaType: CONFIG, digest: registry.keep(config), size: config.length };
  return registry.pushBytes(repository, tag, jsonDocument(OCI_MANIFEST, { config: described, layers }));
}

const CONFIG = 'application/vnd.oci.image.config.v1+json';

export interface ReferrerWish {
  readonly artifactType?: string | undefined;
  /** Digest that the manifest names; omitted: that of the place. */
  readonly subject?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** What the index of the fallback tag says of it in place of the truth: cosign#4422 writes `application/vnd.oci.empty.v1+json` (P-B8). */
  readonly described?: Partial<AnyDescriptor> | undefined;
}

/** https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md; anything else with a content and a type as well. */
export function attachReferrer(
  { registry, repository, digest }: Place,
  { mediaType, content, predicateType }: Pick<Made, 'mediaType' | 'content' | 'predicateType'>,
  wish: ReferrerWish = {},
): string {
  const empty = Buffer.from('{}');
  const stored = jsonDocument(OCI_MANIFEST, {
    artifactType: wish.artifactType ?? mediaType,
    config: { mediaType: EMPTY, digest: registry.keep(empty), size: empty.length },
    layers: [{ mediaType, digest: registry.keep(content), size: content.length }],
    subject: subjectOf(registry, repository, wish.subject ?? digest),
    annotations: wish.annotations ?? annotationsFor(predicateType),
  });
  const descriptor = { ...referrerOf(stored), ...wish.described };
  if (registry.referrers === 'tag') addToFallback({ registry, repository, digest }, descriptor);
  return registry.pushBytes(repository, descriptorOf(stored).digest, stored);
}

function subjectOf(registry: RegistryStandIn, repository: string, digest: string): AnyDescriptor {
  const { type, bytes } = registry.stored(repository, digest) ?? { type: OCI_MANIFEST, bytes: Uint8Array.of(0) };
  return { mediaType: type, digest, size: bytes.length };
}

function annotationsFor(predicateType: string | undefined): Readonly<Record<string, string>> {
  if (predicateType === undefined) return { 'dev.sigstore.bundle.content': 'message-signature' };
  return { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': predicateType };
}

/** The index that clients keep where a registry does not answer for referrers (distribution-spec, "Referrers Tag Schema"). */
export function addToFallback({ registry, repository, digest }: Place, descriptor: AnyDescriptor): void {
  const tag = fallbackTag(digest);
  const before = registry.stored(repository, tag);
  const manifests = [...(before === undefined ? [] : (writtenIn(before).manifests ?? [])), descriptor];
  registry.pushBytes(repository, tag, jsonDocument(OCI_INDEX, { manifests }));
}

export function fallbackTag(digest: string): string {
  return digest.replace(':', '-');
}
