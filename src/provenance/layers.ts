import type { Attachment, AttachmentFormat, Rejected } from '../model/provenance.ts';
import type { Descriptor, ImageIndex, ImageManifest } from '../ports/image-registry.ts';

/** An attachment whose content is still to be read. */
export interface Located extends Omit<Attachment, 'content'> {
  readonly layer: Descriptor;
}

/** What was found beside an image. */
export interface Find {
  readonly located: readonly Located[];
  readonly rejected: readonly Rejected[];
  /** What was seen and proves nothing. */
  readonly notes: readonly string[];
}

export const NOTHING: Find = { located: [], rejected: [], notes: [] };

export interface Beside {
  /** Of the image, index or platform. */
  readonly digest: string;
  /** For a reader. */
  readonly place: string;
}

/**
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md, ATTESTATION_SPEC.md and BUNDLE_SPEC.md there; bundles of
 * 0.1 and 0.2 have their version as a parameter.
 */
const FORMATS: readonly (readonly [RegExp, AttachmentFormat])[] = [
  [/^application\/vnd\.dev\.cosign\.simplesigning\.v1\+json$/, 'cosign-signature'],
  [/^application\/vnd\.dsse\.envelope\.v1\+json$/, 'cosign-attestation'],
  [/^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d+\.\d+)?\+json(?:;\s*version=\d+\.\d+)?$/, 'sigstore-bundle'],
];

/** Things that others put beside images and that presync does not take for evidence, whoever made them (P-B7). */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.cncf\.notary\.signature$/, 'a signature of Notation, which presync cannot verify yet'],
  [/^application\/vnd\.in-toto\+json$/, 'an attestation without a signature, which proves nothing'],
  [/spdx|cyclonedx|syft/, 'an SBOM without a signature, which proves nothing'],
];

/**
 * The attachments of a manifest by what it holds: artifact types and annotations of a descriptor that points to it are claims of
 * others, and tools write wrong ones (P-B8, https://github.com/sigstore/cosign/issues/4422).
 */
export function attachmentsIn(document: ImageManifest | ImageIndex, { digest, place }: Beside): Find {
  if (document.kind === 'index')
    return { ...NOTHING, notes: [`${place}: a list of manifests, which is no attachment`] };
  const [only, ...more] = document.layers;
  const isBundle = formatOf(document.artifactType ?? '') === 'sigstore-bundle';
  if (isBundle && (only === undefined || more.length > 0))
    return { ...NOTHING, rejected: [manyLayers(document, place)] };
  const layers = document.layers.map((layer, index) => {
    const format = formatOf(layer.mediaType) ?? (isBundle ? 'sigstore-bundle' : undefined);
    const where = document.layers.length === 1 ? place : `${place}, layer ${index + 1}`;
    return { layer, format, where };
  });
  const located = layers.flatMap(({ layer, format, where }) => {
    if (format === undefined) return [];
    return [
      { format, place: where, digest: layer.digest, beside: digest, annotations: layer.annotations ?? {}, layer },
    ];
  });
  const unread = layers.filter(({ format }) => format === undefined).map(({ layer }) => otherName(document, layer));
  const kinds = unread.length === 0 && located.length === 0 ? [otherName(document, undefined)] : [...new Set(unread)];
  return { located, rejected: [], notes: kinds.map((kind) => `${place}: ${kind}`) };
}

function formatOf(mediaType: string): AttachmentFormat | undefined {
  return FORMATS.find(([pattern]) => pattern.test(mediaType))?.[1];
}

function manyLayers({ digest, layers }: ImageManifest, place: string): Rejected {
  const reason = `a bundle has one layer, and this has ${layers.length}`;
  return { format: 'sigstore-bundle', place, digest, fault: 'malformed', reason };
}

/** Whatever the manifest, its config or the layer calls itself. */
function otherName({ artifactType, config }: ImageManifest, layer: Descriptor | undefined): string {
  const names = [layer?.mediaType, artifactType, config.mediaType].filter((name) => name !== undefined);
  const known = OTHERS.find(([pattern]) => names.some((name) => pattern.test(name)));
  return known?.[1] ?? `${shown(names[0] ?? '')}, which presync does not read`;
}

/** Anybody can push it, so it is quoted and short. */
function shown(mediaType: string): string {
  return JSON.stringify(mediaType.slice(0, 80));
}
