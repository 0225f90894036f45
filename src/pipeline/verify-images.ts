import { asksForPlatforms, rulesFor, unmet } from '../checks/provenance/requirements.ts';
import { learntOf } from '../checks/provenance/results.ts';
import { signaturesOf } from '../checks/provenance/standing.ts';
import { lineOf, signerText } from '../checks/provenance/text.ts';
import { bounded } from '../model/bounded.ts';
import { sentenceOf } from '../model/error.ts';
import { type ImageRef, parseImageRef } from '../model/image-ref.ts';
import type { ImageRule, Policy } from '../model/policy.ts';
import type { Believed, ImageEvidence, Trust } from '../model/provenance.ts';
import type { FoundBeside, RuleAnswer, VerifiedImage, VerifyReport } from '../model/verify-report.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImageEvidenceSource } from '../ports/image-evidence.ts';
import type { TrustedRoots } from '../ports/trusted-roots.ts';
import { parsePolicy, type PolicyText } from './rules.ts';
import { trustOf } from './trust.ts';

export interface VerifyPorts {
  readonly evidence: ImageEvidenceSource;
  readonly roots: TrustedRoots;
  readonly clock: Clock;
}

const AT_ONCE = 8;

type Read = Extract<ImageEvidence, { status: 'read' }>;

/** Who stands behind images alone, without manifests. Throws PolicyError. */
export async function verifyImages(
  { images, policyText }: { readonly images: readonly string[]; readonly policyText: PolicyText | undefined },
  { evidence, roots, clock }: VerifyPorts,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const policy = await parsePolicy(policyText);
  const { trust, warnings } = await trustOf(policy, roots);
  const asking = { policy, trust, evidence, now: clock.now(), signal };
  const verified = await bounded(images, AT_ONCE, (text) => verifyImage(text, asking));
  return { schema: 'presync.verify/v1', images: verified, notes: warnings };
}

interface Asking {
  readonly policy: Policy;
  readonly trust: Trust;
  readonly evidence: ImageEvidenceSource;
  readonly now: Date;
  readonly signal: AbortSignal;
}

async function verifyImage(text: string, asking: Asking): Promise<VerifiedImage> {
  try {
    const ref = parseImageRef(text);
    const rules = rulesFor(asking.policy.images, ref, { cluster: '' });
    const judged = async (isAfresh: boolean) => {
      const want = { ref, platforms: asksForPlatforms(rules), isAfresh };
      const evidence = await asking.evidence.read(want, asking.trust, asking.signal);
      const isKept = evidence.status === 'read' && evidence.isKept === true;
      return { isKept, image: { ref: text, ...imageOf(ref, evidence, { ...asking, rules }) } };
    };
    const first = await judged(false);
    // What is missing may have come since it was looked for.
    return first.isKept && lacks(first.image) ? (await judged(true)).image : first.image;
  } catch (error) {
    asking.signal.throwIfAborted();
    return { ref: text, digest: null, status: 'errored', signer: null, summary: sentenceOf(error), ...NOTHING };
  }
}

function lacks({ status, rules }: VerifiedImage): boolean {
  return status !== 'verified' || rules.some((rule) => rule.unmet.length > 0);
}

const NOTHING = { fix: '', platforms: [], found: [], rules: [] } as const;

interface Judging extends Pick<Asking, 'policy' | 'now'> {
  readonly rules: readonly ImageRule[];
}

function imageOf(ref: ImageRef, evidence: ImageEvidence, judging: Judging): Omit<VerifiedImage, 'ref'> {
  const { digest, signer, status } = learntOf(ref, evidence, judging);
  if (evidence.status !== 'read') return { digest, status: 'errored', signer, summary: lineOf(evidence), ...NOTHING };
  const answers = answersOf(ref, evidence, judging);
  return {
    digest,
    signer,
    ...conclusionOf({ evidence, answers, status, ref }),
    platforms: evidence.platforms.map(({ name }) => name),
    found: foundIn(evidence),
    rules: answers,
  };
}

interface Concluding {
  readonly evidence: Read;
  readonly answers: readonly RuleAnswer[];
  readonly status: VerifiedImage['status'];
  readonly ref: ImageRef;
}

/** Without an entry that asks for anything, only a signature makes it verified: an attestation says what it says, and not "mine". */
function conclusionOf({
  evidence,
  answers,
  status,
  ref,
}: Concluding): Pick<VerifiedImage, 'status' | 'summary' | 'fix'> {
  const summary = lineOf(evidence);
  const broken = answers.filter(({ mode }) => mode === 'block').flatMap((one) => one.unmet);
  const [first] = broken;
  if (first !== undefined)
    return { status: status === 'verified' ? 'mismatch' : status, summary: first.message, fix: first.fix };
  const isSigned = signaturesOf(evidence).length > 0;
  if (isSigned) return { status: 'verified', summary, fix: '' };
  if (answers.length > 0) return { status: status === 'verified' ? status : 'not-required', summary, fix: '' };
  return { status: status === 'verified' ? 'unsigned' : status, summary, fix: fixOf(ref, evidence) };
}

function fixOf({ repository }: ImageRef, { digest, believed, rejected }: Read): string {
  if (believed.length > 0)
    return 'Sign it as well, or accept its provenance by an entry under `images:` of a policy (--config).';
  const sign = `Sign it where it is built: \`cosign sign ${repository}@${digest}\`.`;
  // What was made for another image is nobody's word for this one, whoever made it.
  return rejected.every(({ fault }) => fault !== 'invalid')
    ? sign
    : `Where its signer is one that you know, name the key or the root in a policy (--config). Else: ${sign}`;
}

function answersOf(ref: ImageRef, evidence: Read, { policy, rules, now }: Judging): readonly RuleAnswer[] {
  if (rules.length === 0 && policy.images.length > 0) return [unlisted(ref)];
  return rules.map((rule) => {
    const { match, from, mode } = rule;
    const missing = unmet(rule, ref, evidence, now).map(({ message, fix }) => ({ message, fix }));
    return { match, from, mode, unmet: [...misnamed(rule, ref, evidence), ...missing] };
  });
}

function unlisted({ repository }: ImageRef): RuleAnswer {
  const message = `${repository} matches no entry under images: of the policy`;
  const fix = 'Use an image that the policy lists, or add an entry for it.';
  return { match: 'images:', from: '', mode: 'block', unmet: [{ message, fix }] };
}

/** What the check `images` says of the name itself. */
function misnamed({ match, require }: ImageRule, ref: ImageRef, { digest }: Read): RuleAnswer['unmet'] {
  const pinned = { message: `${match} requires a digest`, fix: `Name it ${ref.repository}@${digest}.` };
  const allowed = require.registries?.join(', ') ?? '';
  const moved = {
    message: `${match} allows ${allowed}, and not ${ref.registry}`,
    fix: 'Use an image from an allowed registry, or mirror this one there.',
  };
  return [
    ...(require.digest && ref.digest === undefined ? [pinned] : []),
    ...(require.registries?.includes(ref.registry) === false ? [moved] : []),
  ];
}

function foundIn({ believed, rejected, notes, digest, platforms }: Read): readonly FoundBeside[] {
  const names = new Map(platforms.map((platform) => [platform.digest, platform.name]));
  return [
    ...believed.map((one) => ({
      outcome: 'believed' as const,
      place: one.place,
      what: `${one.role === 'signature' ? 'signature' : (one.predicateType ?? 'attestation')} by ${signerText(one.signer)}`,
      details: [
        ...(one.subject === digest ? [] : [`for ${names.get(one.subject) ?? one.subject} alone`]),
        ...detailsOf(one),
      ],
    })),
    ...rejected.map(({ place, reason }) => ({ outcome: 'rejected' as const, place, what: reason, details: [] })),
    ...notes.map((what) => ({ outcome: 'seen' as const, place: '', what, details: [] })),
  ];
}

function detailsOf({ signer, provenance, signedAt, isLogged, dockerReference }: Believed): readonly string[] {
  const { source, sourceDigest, ref, builder } = provenance ?? {};
  const from = [source, ref, sourceDigest].filter((part) => part !== undefined).join(' ');
  return [
    ...(signer.kind === 'keyless'
      ? [`certificate for ${signer.subject}, by ${signer.issuer}, root ${signer.root}`]
      : []),
    ...(builder === undefined ? [] : [`built by ${builder}`]),
    ...(from === '' ? [] : [`from ${from}`]),
    ...(dockerReference === undefined ? [] : [`for the name ${dockerReference}`]),
    ...(signedAt === undefined ? [] : [`signed at ${signedAt}`]),
    isLogged ? 'in a transparency log' : 'in no transparency log',
  ];
}
