import { matchesGlob, matchesWildcard, mayStartAs, mayStartAsWildcard } from '../../model/glob.ts';
import type { ImageRef } from '../../model/image-ref.ts';
import type { ReferencePattern } from '../../model/policy.ts';

/** An image with the text that names it, and the digest that it is known to have. */
export interface WrittenImage {
  readonly ref: ImageRef;
  /** As it stands in the object. */
  readonly text: string;
  readonly digest: string | undefined;
}

interface Language {
  readonly names: (image: WrittenImage) => readonly string[];
  readonly matches: (pattern: string, name: string) => boolean;
  readonly mayStartAs: (pattern: string, start: string) => boolean;
}

const TOOLS: Readonly<Record<ReferencePattern['tool'], Language>> = {
  'policy-controller': { names: controllerNames, matches: matchesGlob, mayStartAs },
  kyverno: { names: kyvernoNames, matches: matchesWildcard, mayStartAs: mayStartAsWildcard },
};

/** Does the tool take the pattern to mean the image, or may it: under any of the names that it has there? */
export function isNamed({ tool, pattern }: ReferencePattern, image: WrittenImage): boolean {
  const { names, matches, mayStartAs: mayStart } = TOOLS[tool];
  return names(image).some((name) => (name.endsWith('@') ? mayStart(pattern, name) : matches(pattern, name)));
}

/** Does it, under every name: so that it can be left out? */
export function isAlwaysNamed({ tool, pattern }: ReferencePattern, image: WrittenImage): boolean {
  const { names, matches } = TOOLS[tool];
  return names(image).every((name) => matches(pattern, name));
}

/**
 * The full name with the digest, and the text itself, into which the tool has put the digest before:
 * https://github.com/sigstore/policy-controller/blob/main/pkg/webhook/validator.go (resolvePodSpec),
 * https://github.com/google/go-containerregistry/blob/main/pkg/name/registry.go. A name that ends in `@` has a digest that is not known.
 */
function controllerNames({ ref, text, digest }: WrittenImage): readonly string[] {
  const { registry, repository, tag = 'latest' } = ref;
  const isHost = /[.:]/.test(registry) && registry !== 'docker.io';
  const name = isHost ? repository : `index.docker.io/${registry === 'docker.io' ? repository.slice(10) : repository}`;
  const known = ref.digest ?? digest ?? '';
  return [`${name}@${known}`, ref.digest === undefined ? `${name}:${tag}@${known}` : text];
}

/**
 * With the tag, or, where one is written or another rule has put it in, with the digest; Docker Hub by the name that is written:
 * https://github.com/kyverno/kyverno/blob/main/pkg/utils/image/infos.go. Without its registry where a setting of the cluster says so.
 */
function kyvernoNames({ ref, text, digest }: WrittenImage): readonly string[] {
  const { tag = 'latest' } = ref;
  const bare = text.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const host = bare.includes('/') ? bare.slice(0, bare.indexOf('/')) : '';
  const hasHost = /[.:]/.test(host) || host === 'localhost' || host.toLowerCase() !== host;
  const bases = hasHost ? [bare] : [`docker.io/${bare}`, bare];
  return bases.flatMap((base) => [
    ...(ref.digest === undefined ? [`${base}:${tag}`] : []),
    `${base}@${ref.digest ?? digest ?? ''}`,
  ]);
}
