import { z } from 'zod';
import { isDay } from '../model/waiver.ts';
import { exact, FilePath, listOf, oneOrMore, text } from './texts.ts';

/** What only a regular expression has; as a glob it would match something else than its author thinks, or nothing (P-A1, P-A7). */
const REGULAR = /^\^|\$$|[\\()[\]{}|?]|\.\+|(?:^|\/)\.\*/;

/** A pattern over the facts of a signature. */
function pattern(what: string): z.ZodString {
  return text(what).refine(
    (glob) => !REGULAR.test(glob),
    'this looks like a regular expression; a pattern has * (anything but "/") and ** (anything), all else is literal and both ends are fixed',
  );
}

/** `acme/shop` on GitHub, host and path elsewhere; whose it is must be written, or it would be everybody's. */
const Repository = pattern('a repository')
  .refine((glob) => !glob.includes('://'), 'a repository is written owner/name (GitHub) or host/path, without https://')
  .refine((glob) => !/^(?:www\.)?github\.com\//i.test(glob), 'a repository on GitHub is written owner/name')
  .refine(
    (glob) => /^[^/*]+\/./.test(glob),
    'a repository starts with its owner (or its host), written in full: acme/*',
  );

const Workflow = pattern('a workflow').refine(
  (glob) => !glob.includes('://') && !glob.includes('@'),
  'a workflow is a path, as .github/workflows/release.yml or owner/name/.github/workflows/build.yml; its tag or branch is not part of it',
);

const Subject = pattern('a subject').refine(
  (glob) => (glob.includes('://') ? /^[a-z]+:\/\/[^/*]+\/./.test(glob) : /^(?:\*@)?[^*]/.test(glob)),
  'a subject names somebody: the host of an address, or the domain of an e-mail address, is written in full',
);

const Issuer = text('issuer').regex(
  /^https:\/\/[^\s*?#^$|()[\]{}\\]+$/,
  'issuer is one address and matched exactly, as in https://token.actions.githubusercontent.com',
);

const Id = z.string().regex(/^\d+$/, 'an id is a number in quotes, as the forge shows it');

const Triggers = z.union([
  z.literal('any'),
  listOf(exact('a trigger')).min(1, 'an empty list would allow no build at all'),
]);

/** How a build must have been started and where it must have run. */
const build = {
  workflow: Workflow.optional().describe(
    'Pattern of the workflow file: .github/workflows/x.yml of that repository, or owner/name/path of another one.',
  ),
  ref: pattern('a ref').optional().describe('Pattern of the branch or tag, as refs/tags/**.'),
  triggers: Triggers.optional().describe('What may have started the build; any = pull requests too.'),
  selfHosted: z.boolean().default(false).describe('Whether the build may have run on runners of your own.'),
};

const GITHUB = /^https:\/\/token\.actions\.githubusercontent\.com(?:\/|$)/;

export const Keyless = z
  .strictObject({
    issuer: Issuer.describe('Who vouches for the identity; exact.'),
    repository: Repository.optional().describe(
      'Pattern of the source repository: owner/name on GitHub, else host/path.',
    ),
    ...build,
    subject: Subject.optional().describe('Pattern of the subject of the certificate: an address or a URI.'),
    repositoryId: Id.optional().describe('Number of the source repository, which survives renames.'),
    ownerId: Id.optional().describe('Number of its owner.'),
    root: exact('root')
      .optional()
      .describe('The one root under which the certificate stands; omitted = any trusted one.'),
  })
  .refine(
    ({ repository, subject, repositoryId, ownerId }) =>
      [repository, subject, repositoryId, ownerId].some((one) => one !== undefined),
    'an issuer alone is everybody who has an account there; name a repository or a subject',
  )
  .refine(
    ({ issuer, repository, repositoryId, ownerId }) =>
      !GITHUB.test(issuer) || [repository, repositoryId, ownerId].some((one) => one !== undefined),
    'name the repository too: whoever calls a reusable workflow of GitHub gets its subject',
  )
  .refine(({ issuer, workflow }) => !GITHUB.test(issuer) || mayBeWorkflow(workflow), {
    path: ['workflow'],
    message: 'a workflow of GitHub lies in .github/workflows/, and is written with that: .github/workflows/release.yml',
  })
  .refine(({ issuer, ref }) => !GITHUB.test(issuer) || ref === undefined || /^(?:refs\/|\*)/.test(ref), {
    path: ['ref'],
    message: 'a branch or tag is written in full, as refs/heads/main or refs/tags/**',
  });

/** What could never match would look like a rule, and block everything without saying why. */
function mayBeWorkflow(glob: string | undefined): boolean {
  return glob === undefined || glob.includes('*') || glob.includes('.github/workflows/');
}

const Pem = z
  .string()
  .max(16_384, 'a key is longer than 16 KiB')
  .regex(
    /^-----BEGIN [A-Z ]*PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END [A-Z ]*PUBLIC KEY-----\s*$/,
    'a key is { file: keys/cosign.pub }, or the text of one PEM public key',
  );

const Day = z.string().refine(isDay, 'a day is written YYYY-MM-DD, and must exist');

const KeyFacts = z
  .strictObject({
    file: FilePath.optional().describe(
      'File of the public key (PEM), in the base commit or beside the file of --config.',
    ),
    pem: Pem.optional().describe('The public key itself.'),
    hash: z
      .enum(['sha256', 'sha384', 'sha512'])
      .optional()
      .describe('Hash of its signatures; omitted = as cosign takes it.'),
    validFrom: Day.optional().describe('First day on which its signatures count.'),
    validUntil: Day.optional().describe('Last day on which its signatures count.'),
    log: z.boolean().default(false).describe('Whether a transparency log must hold the signature.'),
  })
  .refine(
    ({ file, pem }) => (file === undefined) !== (pem === undefined),
    'a key has either file: or pem:, and not both',
  );

export const Key = z.union([Pem, KeyFacts]);

export const Certificate = z.strictObject({
  authority: FilePath.describe('File of the certificate authority, one of trust.authorities.'),
  subject: Subject.describe('Pattern of the subject alternative name.'),
});

export const Signature = z
  .strictObject({
    keyless: oneOrMore(Keyless).optional().describe('Signers by certificates of Fulcio, one or a list.'),
    key: oneOrMore(Key).optional().describe('Public keys, one or a list.'),
    certificate: oneOrMore(Certificate)
      .optional()
      .describe('Signers by certificates of an authority of your own, one or a list.'),
    count: z
      .int()
      .min(1, 'count is at least 1')
      .max(100)
      .default(1)
      .describe('How many of these signers must have signed.'),
    sameName: z.boolean().default(false).describe('A signature that names another repository does not count.'),
  })
  .refine((one) => signersIn(one) > 0, 'a signature names who may sign: keyless, key or certificate')
  .refine((one) => signersIn(one) === 0 || one.count <= signersIn(one), 'count is larger than the number of signers');

interface Listed {
  readonly keyless?: unknown;
  readonly key?: unknown;
  readonly certificate?: unknown;
}

function signersIn({ keyless, key, certificate }: Listed): number {
  return [keyless, key, certificate].filter((one) => one !== undefined).flat().length;
}

export const Provenance = z.strictObject({
  builder: pattern('a builder')
    .refine((glob) => /^[^*]/.test(glob), 'a builder starts with its host')
    .describe('Pattern of the builder’s id.'),
  source: Repository.describe('Pattern of the source repository: owner/name on GitHub, else host/path.'),
  ...build,
  signer: z
    .strictObject({ keyless: Keyless.optional(), key: Key.optional(), certificate: Certificate.optional() })
    .refine((one) => signersIn(one) === 1, 'a signer is one of keyless, key and certificate')
    .optional()
    .describe('Who must have signed it; omitted = the builder itself.'),
});
