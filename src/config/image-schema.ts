import { z } from 'zod';
import { Provenance, Signature } from './signer-schema.ts';
import { listOf, text } from './texts.ts';

/** Matched against registry/path, without tag and digest, in the normal form of src/model/image-ref.ts. */
export const ImageGlob = text('a pattern')
  .regex(/^(?:[^/@]*\/)?[^:@]*$/, 'a pattern names a repository; tag and digest are not part of it')
  .regex(
    /^[a-z0-9.*/:_@[\]-]*$/,
    'a pattern of images has * and ** besides the characters of a repository, in lower case',
  )
  .refine((glob) => !glob.includes('//'), 'a pattern starts with the registry, without https:// or oci://')
  .refine((glob) => !isShort(glob), 'write the name in full, as in docker.io/library/nginx or ghcr.io/acme/**');

/** Would a runtime put docker.io or library/ in front of it? Such a pattern matches nothing, since images are compared in full; nor does `*`. */
function isShort(glob: string): boolean {
  if (!glob.includes('/') && !glob.includes('**')) return true;
  const [registry = '', ...path] = glob.split('/');
  if (registry === 'index.docker.io') return true;
  if (registry === 'docker.io') return path.length === 1 && !glob.includes('**');
  return registry !== 'localhost' && !/[.:*]/.test(registry);
}

const Registry = text('a registry')
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:]+\])(?::\d+)?$/,
    'a registry is a host in lower case, with a port where it has one: ghcr.io, registry.example:5000',
  )
  .refine((host) => host !== 'index.docker.io', 'Docker Hub is written docker.io');

const FORMATS = ['sigstore-bundle', 'cosign-signature', 'cosign-attestation'] as const;

const Require = z
  .strictObject({
    digest: z.boolean().default(false).describe('The image is named by digest.'),
    registries: listOf(Registry)
      .min(1, 'an empty list would allow no registry at all')
      .optional()
      .describe('The image comes from one of these registries.'),
    signature: Signature.optional().describe('Who must have signed the image.'),
    provenance: Provenance.optional().describe('Who must have built it, and from what (SLSA provenance).'),
    maxAge: z
      .string()
      .regex(/^[1-9]\d{0,3}d$/, 'an age is written in days, as 90d')
      .optional()
      .describe('How old a signature that counts may be, by its proven time.'),
    platforms: z
      .enum(['index', 'all-platforms', 'any-of'])
      .optional()
      .describe('Of an image for several platforms: whether the index, each platform, or either must be signed.'),
    formats: listOf(z.enum(FORMATS))
      .min(1, 'an empty list would let nothing count')
      .optional()
      .describe('How signatures and attestations may be packed; omitted = in any way.'),
  })
  .superRefine(({ signature, provenance, ...facts }, context) => {
    if (signature !== undefined || provenance !== undefined) return;
    for (const key of ['maxAge', 'platforms', 'formats'] as const)
      if (facts[key] !== undefined)
        context.addIssue({ code: 'custom', path: [key], message: 'has no effect without signature or provenance' });
  });

export const ImageEntry = z.strictObject({
  match: ImageGlob.describe(
    'Pattern over registry/path, without tag and digest: * is anything but "/", ** is anything.',
  ),
  mode: z.enum(['block', 'advise']).default('block').describe('Whether what does not hold blocks.'),
  require: Require.describe('What must hold for every image that matches; {} only lists the image.'),
});

/** A path into an object: names with a dot between them, [] behind a list. */
const FieldPath = text('a path').regex(
  /^[\w-]+(?:\[\])?(?:\.[\w-]+(?:\[\])?)*$/,
  'a path is names with dots, and [] behind a list: spec.containers[].image',
);

export const ImageFieldsEntry = z.strictObject({
  group: z
    .string()
    .regex(/^[a-z0-9.-]*$/, 'group is an API group without version')
    .describe('API group of the objects.'),
  kinds: listOf(text('a kind').regex(/^[A-Za-z][A-Za-z0-9]*$/, 'a kind is one word'))
    .min(1, 'name at least one kind')
    .describe('Their kinds.'),
  paths: listOf(FieldPath).min(1, 'name at least one path').describe('Where they name an image.'),
});
