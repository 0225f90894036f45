import type { CheckInput, Provenance } from '../checks/check.ts';
import { doubtedIn, type Question, questionsOf } from '../checks/provenance/index.ts';
import { bounded } from '../model/bounded.ts';
import { sentenceOf } from '../model/error.ts';
import { type ImageRef, imageRefIn, imageText } from '../model/image-ref.ts';
import type { LockEntry } from '../model/lock.ts';
import type { EvidenceBook, ImageEvidence, Trust } from '../model/provenance.ts';
import type { EvidenceWant, ImageEvidenceSource } from '../ports/image-evidence.ts';
import type { TrustedRoots } from '../ports/trusted-roots.ts';
import type { ImagePolicies, JudgedByPolicies } from './image-policies.ts';
import type { Trusted } from './trust.ts';

/** Whom to ask who stands behind images. */
export interface ImagePorts {
  readonly evidence: ImageEvidenceSource;
  readonly roots: TrustedRoots;
  /** The Lock of an earlier verdict on the same head. */
  readonly known: readonly LockEntry[];
}

/** What is learnt of the images of a run. */
export interface Gathered {
  readonly provenance: Provenance;
  /** What each tag meant, sorted. */
  readonly lock: readonly LockEntry[];
  /** Of whom to trust; absent where nothing was asked. */
  readonly warnings: readonly string[] | undefined;
}

/** A registry takes a handful of requests at once without complaint, and a verification has a core to itself. */
const AT_ONCE = 8;

const NOBODY: Trust = { roots: [], keys: [], authorities: [] };

export type EvidenceRequest = Pick<CheckInput, 'base' | 'merged' | 'policy'> & {
  /** Called where there is something to ask. */
  readonly trustFor: () => Promise<Trusted>;
  /** Policies that are evaluated: they want images of their own. */
  readonly policies?: ImagePolicies | undefined;
  /** The rest of what the check is given. */
  readonly rules: Provenance['rules'];
  readonly artifacts: Provenance['artifacts'];
  readonly elsewhere: Provenance['elsewhere'];
  readonly now: Date;
};

/**
 * Asks for each image once, as often as it stands anywhere. What an earlier verdict on the same head took a tag for, it is taken for
 * again, so that a re-run and the merge queue judge the same images (DESIGN 6).
 */
export async function gatherEvidence(
  { base, merged, policy, policies, trustFor, ...given }: EvidenceRequest,
  { evidence: source, known }: ImagePorts,
  signal: AbortSignal,
): Promise<Gathered> {
  const nothing = { ...given, book: bookOf([]) };
  const questions = withAsked(questionsOf({ base, merged, policy, provenance: nothing }), policies?.asks);
  const trusted = questions.length === 0 ? undefined : await trustFor();
  const trust = trusted?.trust ?? NOBODY;
  const ask = (question: Question, isAfresh: boolean): Promise<Answer> => {
    const text = imageText(question.ref);
    const locked = known.find(({ kind, ref }) => kind === 'image' && ref === text)?.resolved;
    return answerOf(question, locked, (ref) => read(source, { ...question, ref, isAfresh }, trust, signal));
  };
  const first = await bounded(questions, AT_ONCE, (question) => ask(question, false));
  // Whoever is told that a signature is missing makes one, and shall not be told the same for as long as something is kept.
  const doubted = doubtedIn({ base, merged, policy, provenance: { ...given, book: bookOf(first) } });
  const said = await judged(policies, first, signal);
  const doubts = new Set([...doubted, ...said.failed.flatMap((image) => imageRefIn(image) ?? [])].map(imageText));
  const answers = await bounded(first, AT_ONCE, (answer) =>
    isKept(answer) && doubts.has(imageText(answer.question.ref)) ? ask(answer.question, true) : Promise.resolve(answer),
  );
  const lock = answers.flatMap(({ lock: entry }) => entry ?? []).toSorted((a, b) => (a.ref < b.ref ? -1 : 1));
  const isSame = answers.every((answer, index) => answer === first[index]);
  const { answers: imagePolicies } = isSame ? said : await judged(policies, answers, signal);
  return { provenance: { ...given, imagePolicies, book: bookOf(answers) }, lock, warnings: trusted?.warnings };
}

async function judged(
  policies: ImagePolicies | undefined,
  answers: readonly Answer[],
  signal: AbortSignal,
): Promise<Partial<JudgedByPolicies> & Pick<JudgedByPolicies, 'failed'>> {
  return policies === undefined ? { failed: [] } : policies.judge(bookOf(answers), signal);
}

/** What policies want to know is asked with all else; what they read of statements is asked of their images alone. */
function withAsked(questions: readonly Question[], asks: ImagePolicies['asks'] | undefined): readonly Question[] {
  if (asks === undefined) return questions;
  const wanted = new Map(asks.images.flatMap((image) => imageRefIn(image) ?? []).map((ref) => [imageText(ref), ref]));
  const predicates = asks.predicates.length === 0 ? {} : { predicates: asks.predicates };
  const asked = questions.map((one) => (wanted.has(imageText(one.ref)) ? { ...one, ...predicates } : one));
  const known = new Set(questions.map(({ ref }) => imageText(ref)));
  const added = [...wanted.values()].filter((ref) => !known.has(imageText(ref)));
  return [...asked, ...added.map((ref) => ({ ref, platforms: false, repository: undefined, ...predicates }))];
}

interface Answer {
  readonly question: Question;
  readonly evidence: ImageEvidence;
  readonly lock: LockEntry | undefined;
  readonly moved: { readonly was: string; readonly is: string } | undefined;
}

function isKept({ evidence }: Answer): boolean {
  return evidence.status === 'read' && evidence.isKept === true;
}

async function answerOf(
  question: Question,
  locked: string | undefined,
  ask: (ref: ImageRef) => Promise<ImageEvidence>,
): Promise<Answer> {
  const { ref } = question;
  const now = await ask(ref);
  const isTag = ref.digest === undefined;
  if (!isTag || locked === undefined) {
    const entry = isTag && now.status === 'read' ? entryOf(ref, now.digest) : undefined;
    return { question, evidence: now, lock: entry, moved: undefined };
  }
  const moved = now.digest === undefined || now.digest === locked ? undefined : { was: locked, is: now.digest };
  // A tag that is gone is no image any more, whatever it was; one that cannot be asked for now still means what it meant.
  const isJudgedNow = now.status === 'not-found' || (now.status === 'read' && moved === undefined);
  const evidence = isJudgedNow ? now : await ask({ ...ref, digest: locked });
  return { question, evidence, lock: entryOf(ref, locked), moved };
}

function entryOf(ref: ImageRef, digest: string): LockEntry {
  return { kind: 'image', ref: imageText(ref), resolved: digest, digest };
}

/** Never takes an exception, or the answer to another question, for a yes (P-G1, P-D6). */
async function read(
  source: ImageEvidenceSource,
  question: EvidenceWant,
  trust: Trust,
  signal: AbortSignal,
): Promise<ImageEvidence> {
  try {
    signal.throwIfAborted();
    const evidence = await source.read(question, trust, signal);
    const { digest } = question.ref;
    if (evidence.status !== 'read' || digest === undefined || evidence.digest === digest) return evidence;
    return { status: 'invalid', reason: `what came is ${evidence.digest} and not what was asked for` };
  } catch (error) {
    signal.throwIfAborted();
    return { status: 'invalid', reason: sentenceOf(error) };
  }
}

function bookOf(answers: readonly Answer[]): EvidenceBook {
  const byText = new Map(answers.map((answer) => [imageText(answer.question.ref), answer]));
  return {
    of: (ref) => byText.get(imageText(ref))?.evidence,
    moved: (ref) => byText.get(imageText(ref))?.moved,
  };
}
