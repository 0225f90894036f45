import type { Attachment, AttachmentFormat, Rejected } from '../model/provenance.ts';
import {
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  type ImageRegistry,
  RegistryError,
  type RegistryRepository,
} from '../ports/image-registry.ts';
import { bounded } from '../model/bounded.ts';
import { attachmentsIn, type Find, type Located, NOTHING } from './layers.ts';
import { AT_ONCE, LIMITS } from './limits.ts';

export interface Place {
  readonly registry: ImageRegistry;
  readonly repository: RegistryRepository;
}

/**
 * All that lies beside a digest: what refers to it by the registry's list or, where that says nothing, by the tag in its place; and
 * cosign's tags. Something that cannot be read as what it is proves nothing and is told (P-E3); what could not be asked for is an
 * error, and so is more than the limits. Throws RegistryError.
 */
export async function locateBeside(at: Place, digest: string, signal: AbortSignal): Promise<Find> {
  const finds = await Promise.all([
    referring(at, digest, signal),
    underTag(at, { digest, suffix: '.sig', format: 'cosign-signature' }, signal),
    underTag(at, { digest, suffix: '.att', format: 'cosign-attestation' }, signal),
  ]);
  const isBare = finds.every(({ located, rejected }) => located.length === 0 && rejected.length === 0);
  // What proves nothing is only asked for on behalf of whoever takes it for a proof: of an image that has something better, nobody.
  return joined(isBare ? [...finds, await sbomOf(at, digest, signal)] : finds);
}

export function joined(finds: readonly Find[]): Find {
  return {
    located: finds.flatMap(({ located }) => located),
    rejected: finds.flatMap(({ rejected }) => rejected),
    notes: finds.flatMap(({ notes }) => notes),
  };
}

async function referring(at: Place, digest: string, signal: AbortSignal): Promise<Find> {
  const { registry, repository } = at;
  const listed = await registry.referrers(repository, digest, signal);
  // A registry that has learnt of the list may still hold what clients listed under the tag.
  const { entries, rejected } =
    listed === undefined || listed.length === 0
      ? await listedUnderTag(at, digest, signal)
      : { entries: listed, rejected: [] };
  const different = [...new Set(entries.map((entry) => entry.digest))].filter((one) => one !== digest);
  if (different.length > LIMITS.referrers)
    throw tooMuch(repository, digest, `more than ${LIMITS.referrers} things that refer to it`);
  const finds = await bounded(different, AT_ONCE, (one) => referrer(at, { digest, one }, signal));
  return joined([{ ...NOTHING, rejected }, ...finds]);
}

/**
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema. Registries that take such a tag for the
 * digest answer with the image itself, whose platforms are no attachments: https://github.com/oras-project/oras-go/issues/1396.
 */
async function listedUnderTag(
  at: Place,
  digest: string,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly Descriptor[]; readonly rejected: readonly Rejected[] }> {
  const { short, tag } = tagsOf(digest, '');
  const place = `tag ${short}`;
  const found = await documentAt(at, tag, signal);
  if (found === undefined || ('digest' in found && found.digest === digest)) return { entries: [], rejected: [] };
  if ('reason' in found) return { entries: [], rejected: [malformed('sigstore-bundle', place, digest, found.reason)] };
  if (found.kind === 'index') return { entries: found.manifests, rejected: [] };
  const reason = 'it is no list of what refers to the image';
  return { entries: [], rejected: [malformed('sigstore-bundle', place, found.digest, reason)] };
}

async function referrer(
  at: Place,
  { digest, one }: { readonly digest: string; readonly one: string },
  signal: AbortSignal,
): Promise<Find> {
  const place = `referrer ${one.slice(0, 19)}`;
  const found = await documentAt(at, one, signal);
  if (found === undefined) {
    const reason = 'it is listed as referring to the image, and is not there';
    return { ...NOTHING, rejected: [malformed('sigstore-bundle', place, one, reason)] };
  }
  if ('reason' in found) return { ...NOTHING, rejected: [malformed('sigstore-bundle', place, one, found.reason)] };
  if (found.subject?.digest === digest) return attachmentsIn(found, { digest, place });
  const reason = `it refers to ${found.subject?.digest ?? 'nothing'}, and is only listed as if it referred to this image`;
  return { ...NOTHING, rejected: [{ format: 'sigstore-bundle', place, digest: one, fault: 'mismatch', reason }] };
}

interface Tagged {
  readonly digest: string;
  readonly suffix: '.sig' | '.att';
  readonly format: AttachmentFormat;
}

async function underTag(at: Place, { digest, suffix, format }: Tagged, signal: AbortSignal): Promise<Find> {
  const { short, tag } = tagsOf(digest, suffix);
  const place = `tag ${short}`;
  const found = await documentAt(at, tag, signal);
  if (found === undefined) return NOTHING;
  if ('reason' in found) return { ...NOTHING, rejected: [malformed(format, place, digest, found.reason)] };
  if (found.kind === 'manifest' && found.layers.length === 0) return NOTHING;
  return attachmentsIn(found, { digest, place });
}

/** cosign's SBOM carries no signature, so there is nothing to read in it. */
async function sbomOf(at: Place, digest: string, signal: AbortSignal): Promise<Find> {
  const { short, tag } = tagsOf(digest, '.sbom');
  const found = await documentAt(at, tag, signal);
  return found === undefined
    ? NOTHING
    : { ...NOTHING, notes: [`tag ${short}: an SBOM without a signature, which proves nothing`] };
}

function tagsOf(digest: string, suffix: string): { readonly short: string; readonly tag: string } {
  const tag = digest.replace(':', '-');
  return { short: `${tag.slice(0, 19)}…${suffix}`, tag: `${tag}${suffix}` };
}

type Unreadable = { readonly reason: string };

/** Undefined: not there. */
async function documentAt(
  { registry, repository }: Place,
  reference: string,
  signal: AbortSignal,
): Promise<ImageManifest | ImageIndex | Unreadable | undefined> {
  try {
    return await registry.manifest(repository, reference, signal);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (error.code === 'NOT_FOUND') return undefined;
    if (error.code === 'INVALID') return { reason: error.message };
    throw error;
  }
}

function malformed(format: AttachmentFormat, place: string, digest: string, reason: string): Rejected {
  return { format, place, digest, fault: 'malformed', reason };
}

/** The content of all that was found; nothing is asked for before it is known that all of it fits. Throws RegistryError. */
export async function readLocated(
  at: Place,
  located: readonly Located[],
  signal: AbortSignal,
): Promise<{ readonly attachments: readonly Attachment[]; readonly rejected: readonly Rejected[] }> {
  assertFits(at.repository, located);
  const read = await bounded(located, AT_ONCE, (one) => contentOf(at, one, signal));
  return {
    attachments: read.flatMap((one) => ('content' in one ? [one] : [])),
    rejected: read.flatMap((one) => ('fault' in one ? [one] : [])),
  };
}

function assertFits(repository: RegistryRepository, located: readonly Located[]): void {
  const [first] = located;
  if (first === undefined) return;
  if (located.length > LIMITS.attachments)
    throw tooMuch(repository, first.beside, `more than ${LIMITS.attachments} signatures and attestations`);
  const large = located.find(({ layer }) => layer.size > LIMITS.attachmentBytes);
  if (large !== undefined)
    throw tooMuch(repository, large.beside, `an attachment of ${large.layer.size} bytes (${large.place})`);
  const sum = located.reduce((bytes, { layer }) => bytes + layer.size, 0);
  if (sum > LIMITS.allBytes) throw tooMuch(repository, first.beside, `attachments of ${sum} bytes together`);
}

function tooMuch({ repository }: RegistryRepository, digest: string, what: string): RegistryError {
  return new RegistryError(
    'TOO_LARGE',
    `${repository}@${digest} has ${what} beside it, which is more than presync reads; remove what nobody needs`,
  );
}

async function contentOf(
  { registry, repository }: Place,
  { layer, ...attachment }: Located,
  signal: AbortSignal,
): Promise<Attachment | Rejected> {
  try {
    return { ...attachment, content: await registry.blob(repository, layer, signal) };
  } catch (error) {
    if (!(error instanceof RegistryError) || !['NOT_FOUND', 'INVALID'].includes(error.code)) throw error;
    const { format, place, digest } = attachment;
    return malformed(format, place, digest, error.message);
  }
}
