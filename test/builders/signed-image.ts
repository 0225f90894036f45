import { attach } from '../standin/registry/attach.ts';
import { type IndexWish, type PushedImage, pushImage, pushIndex } from '../standin/registry/images.ts';
import type { RegistryStandIn } from '../standin/registry/registry.ts';
import { cosignAttestation, cosignSignature, type Made } from '../standin/sigstore/attachments.ts';
import { messageBundle, statementBundle } from '../standin/sigstore/bundles.ts';
import { aWorkflow } from '../standin/sigstore/identity.ts';
import type { SigningWish } from '../standin/sigstore/signing.ts';
import { aGeneratorProvenance, aGithubProvenance, aSignStatement } from '../standin/sigstore/statements.ts';
import type { SigningWorld } from '../standin/sigstore/world.ts';

/** What lies beside the image. */
export type Attached = 'sig' | 'att' | 'bundle' | 'message-bundle' | 'github-provenance';

export interface SignedImageWish extends Partial<SigningWish> {
  /** `acme/shop`: a repository without its registry, and the GitHub repository that its provenance names. */
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly content?: string | undefined;
  /** An index of these; omitted: a single image. */
  readonly platforms?: IndexWish['platforms'];
  readonly as?: readonly Attached[] | undefined;
}

export interface SignedImage extends PushedImage {
  readonly repository: string;
  /** With its digest, and its tag where it has one. */
  readonly ref: string;
  readonly attached: readonly Made[];
}

/** Pushes an image and signs it: `signedImage(registry, world)` is a bundle of cosign 3 by the release workflow of acme/shop. */
export function signedImage(registry: RegistryStandIn, world: SigningWorld, wish: SignedImageWish = {}): SignedImage {
  const { repository = 'acme/shop', tag, content, platforms, as = ['bundle'] } = wish;
  const image =
    platforms === undefined
      ? pushImage(registry, repository, { tag, content })
      : pushIndex(registry, repository, { tag, content, platforms });
  const signing = { ...wish, by: wish.by ?? { identity: aWorkflow({ repository }) } };
  const attached = as.map((kind) => MAKERS[kind](world, { image, repository, signing, registry }));
  for (const made of attached) attach({ registry, repository, digest: image.digest }, made);
  const name = `${registry.host}/${repository}${tag === undefined ? '' : `:${tag}`}`;
  return { ...image, repository, ref: `${name}@${image.digest}`, attached };
}

interface ToSign {
  readonly image: PushedImage;
  readonly repository: string;
  readonly signing: SigningWish;
  readonly registry: RegistryStandIn;
}

const MAKERS: Readonly<Record<Attached, (world: SigningWorld, what: ToSign) => Made>> = {
  sig: (world, { image, signing, registry, repository }) =>
    cosignSignature(world, { ...signing, subject: image.digest, dockerReference: `${registry.host}/${repository}` }),
  att: (world, { image, signing, repository }) =>
    cosignAttestation(world, { ...signing, statement: aGeneratorProvenance(image.digest, { repository }) }),
  bundle: (world, { image, signing }) =>
    statementBundle(world, { ...signing, statement: aSignStatement(image.digest) }),
  'message-bundle': (world, { image, signing }) => messageBundle(world, { ...signing, artifact: image.bytes }),
  'github-provenance': (world, { image, signing, repository }) =>
    statementBundle(world, { ...signing, statement: aGithubProvenance(image.digest, { repository }) }),
};
