import { imageText, type ImageRef, isMeant, ImageRefError, parseImageRef } from '../../model/image-ref.ts';
import type { ImageRule, SignatureRule } from '../../model/policy.ts';
import type { Believed } from '../../model/provenance.ts';
import { matchesGlob } from '../../model/glob.ts';
import { type Admitted, isSelected } from './admitted.ts';
import { provenanceFix, signatureFix, signRecursively } from './commands.ts';
import type { Demand } from './demand.ts';
import { distinctSigners } from './distinct.ts';
import { whyNot } from './signer.ts';
import { proofDemand } from './proof-demand.ts';
import { isProvenance, whyNotProvenance } from './slsa.ts';
import { ageDays, isFresh, type ReadEvidence, satisfies } from './subjects.ts';
import { isAlwaysNamed, isNamed } from './written-name.ts';
import { listed, plain, signerText, wantedProvenance, wantedText } from './text.ts';

/** One requirement that does not hold. */
export interface Unmet {
  /** Which kind of requirement: each has a rule of its own. */
  readonly part: 'signature' | 'provenance' | 'age' | 'platforms';
  /** What is missing, as a clause that follows the image's name and a colon. */
  readonly message: string;
  /** What to do, with a command where one helps. */
  readonly fix: string;
  /** The requirement in normal form: the same while the rule and the fault stay the same. */
  readonly facet: string;
}

/** Where an image runs, as far as a rule may ask for it. */
export interface RulePlace {
  readonly cluster: string;
  /** '': nobody says in which, so it may be any. Absent: in none. */
  readonly namespace?: string | undefined;
  /** What is admitted so that the image runs; undefined: nobody knows. */
  readonly admitted?: readonly Admitted[] | undefined;
  /** The image as it is written, and its digest where that is known. */
  readonly text?: string | undefined;
  readonly digest?: string | undefined;
}

/** The rules that hold for an image at a place; every one of them must be met. */
export function rulesFor(rules: readonly ImageRule[], ref: ImageRef, place: RulePlace): readonly ImageRule[] {
  return rules.filter((rule) => {
    if (rule.cluster !== undefined && rule.cluster !== place.cluster) return false;
    const inside = rule.namespaces?.some((glob) => mayBeIn(glob, place.namespace)) ?? true;
    const outside = rule.exceptNamespaces?.some((glob) => matchesGlob(glob, place.namespace ?? '')) ?? false;
    return inside && !outside && isSelected(rule.objects, place.admitted) && isAbout(rule, ref, place);
  });
}

function isAbout({ match, reference, exceptReferences = [] }: ImageRule, ref: ImageRef, place: RulePlace): boolean {
  const image = { ref, text: place.text ?? imageText(ref), digest: place.digest };
  const isNamedThere = reference === undefined ? isMeant(match, ref) : isNamed(reference, image);
  return isNamedThere && !exceptReferences.some((one) => isAlwaysNamed(one, image));
}

/** A namespace that nobody says, of the image or of the object that asks, may be any: a rule is not shaken off by leaving it out. */
function mayBeIn(glob: string, namespace: string | undefined): boolean {
  if (namespace === undefined) return false;
  return namespace === '' || glob === '' || matchesGlob(glob, namespace);
}

/** Does any rule ask for the platforms of an index one by one? Then they must be looked at too. */
export function asksForPlatforms(rules: readonly ImageRule[]): boolean {
  return rules.some(({ require }) => require.platforms !== 'index');
}

/** Can the rule only be judged by what lies beside the image? */
export function asksForEvidence({ require }: ImageRule): boolean {
  return require.signature !== undefined || require.proof !== undefined || require.provenance !== undefined;
}

/** What the rule requires and the evidence does not give. It judges who signed; digest and registries are the business of `images`. */
export function unmet(rule: ImageRule, ref: ImageRef, evidence: ReadEvidence, now: Date): readonly Unmet[] {
  const judged = { rule, ref, evidence, now };
  return demandsOf(rule, ref, evidence).flatMap((demand) => judge(demand, judged) ?? []);
}

interface Judged {
  readonly rule: ImageRule;
  readonly ref: ImageRef;
  readonly evidence: ReadEvidence;
  readonly now: Date;
}

function demandsOf(rule: ImageRule, ref: ImageRef, { digest }: ReadEvidence): readonly Demand[] {
  const { signature, proof, provenance } = rule.require;
  const named = imageText({ ...ref, digest });
  const demands: Demand[] = [];
  if (signature !== undefined) {
    const { anyOf, count } = signature;
    demands.push({
      part: 'signature',
      wanted: wantedSignature(signature, rule.require.refusal),
      fix: signatureFix(anyOf, named),
      isCandidate: ({ role }) => role === 'signature',
      why: (made) => nearest(anyOf.map((one) => whyNot(one, made.signer))) ?? misnamed(made, ref, signature),
      isEnough: (counted) => anyOf.length > 0 && distinctSigners(anyOf, counted) >= Math.max(1, count),
    });
  }
  if (proof !== undefined) demands.push(proofDemand(proof, named));
  if (provenance !== undefined)
    demands.push({
      part: 'provenance',
      wanted: `SLSA provenance with ${wantedProvenance(provenance)}`,
      fix: provenanceFix(provenance, named),
      isCandidate: isProvenance,
      why: (one) => whyNotProvenance(provenance, one),
      isEnough: (counted) => counted.length > 0,
    });
  return demands;
}

function wantedSignature({ anyOf, count }: SignatureRule, refusal: string | undefined): string {
  const names = anyOf.map(wantedText).join(' or ');
  if (names === '') return `what nobody can give: ${refusal === undefined ? 'no signer is listed' : plain(refusal)}`;
  return count <= 1 ? `a signature by ${names}` : `${count} signatures by different signers of: ${names}`;
}

/** A mirror or a copy keeps the name that was signed. What names nothing, as bundles do, names no other image. */
function misnamed(
  { dockerReference }: Believed,
  { repository }: ImageRef,
  { sameName }: SignatureRule,
): string | undefined {
  if (sameName !== true || dockerReference === undefined || nameIn(dockerReference) === repository) return undefined;
  return `it names ${dockerReference} and not ${repository}`;
}

function nameIn(reference: string): string | undefined {
  try {
    return parseImageRef(reference).repository;
  } catch (error) {
    if (error instanceof ImageRefError) return undefined;
    throw error;
  }
}

/** Undefined where one of the signers is it; else what is wrong with the first. */
function nearest(faults: readonly (string | undefined)[]): string | undefined {
  return faults.includes(undefined) ? undefined : (faults[0] ?? 'no signer is listed');
}

function judge(demand: Demand, judged: Judged): Unmet | undefined {
  const { rule, evidence, now } = judged;
  const { platforms, maxAgeDays, formats } = rule.require;
  const found =
    demand.looksElsewhere === true ? [...evidence.believed, ...(evidence.elsewhere ?? [])] : evidence.believed;
  const candidates = found.filter(demand.isCandidate);
  const allowed = candidates.filter(({ format }) => formats?.includes(format) ?? true);
  const counted = allowed.filter((one) => demand.why(one) === undefined);
  const fresh = counted.filter((one) => maxAgeDays === undefined || isFresh(one, maxAgeDays, now));
  const holds = (made: readonly Believed[], how = platforms) =>
    satisfies(how, evidence, (digest) => demand.isEnough(made.filter(({ subject }) => subject === digest)));
  if (holds(fresh).isMet) return undefined;
  if (holds(counted).isMet) return tooOld(demand, counted, judged);
  const { missing } = holds(counted);
  const isPartly = holds(counted, 'index').isMet || missing.length < evidence.platforms.length;
  if (platforms !== 'index' && evidence.isIndex && isPartly)
    return {
      ...base(demand, judged, 'platforms'),
      message: platformsMessage(demand, missing, rule),
      ...(demand.part === 'signature' && { fix: platformsFix(judged) }),
    };
  return { ...base(demand, judged, demand.part), message: missingMessage(demand, candidates, judged) };
}

function base(demand: Demand, { rule }: Judged, part: Unmet['part']): Pick<Unmet, 'part' | 'fix' | 'facet'> {
  return { part, fix: demand.fix, facet: [part, rule.from, rule.match, demand.wanted].join(' ') };
}

function tooOld(demand: Demand, counted: readonly Believed[], judged: Judged): Unmet {
  const { rule, now } = judged;
  const ages = counted.flatMap((one) => ageDays(one, now) ?? []);
  const age = ages.length === 0 ? 'its time is not proven' : `it is ${Math.min(...ages)} days old`;
  const message = `its ${demand.part} is too old: ${age}, and ${rule.from} takes ${rule.require.maxAgeDays} days for ${rule.match}`;
  const fix = `Build and sign the image again, or use a newer one. ${demand.fix}`;
  return { ...base(demand, judged, 'age'), message, fix };
}

/** https://github.com/sigstore/cosign/blob/main/doc/cosign_sign.md: without the option cosign signs the index alone. */
function platformsFix({ ref, evidence }: Judged): string {
  return `Sign each platform where it is built: ${signRecursively(imageText({ ...ref, digest: evidence.digest }))}.`;
}

function platformsMessage(demand: Demand, missing: readonly string[], { from, match }: ImageRule): string {
  const which = missing.length === 0 ? 'it offers no platform' : `not for ${listed(missing)}`;
  return `${demand.part} is required of each platform for ${match} (${from}): ${which}`;
}

function missingMessage(demand: Demand, candidates: readonly Believed[], judged: Judged): string {
  const { rule, evidence } = judged;
  const required = `${rule.from} requires for ${rule.match} ${demand.wanted}`;
  const found = candidates.map((one) => `${signerText(one.signer)}: ${plain(faultOf(one, demand, judged))}`);
  const rejected = evidence.rejected.map(({ place, reason }) => `${plain(place)} proves nothing: ${plain(reason)}`);
  const all = [...new Set([...found, ...rejected])];
  const none = demand.part === 'signature' ? 'it is not signed' : 'no provenance lies beside it';
  return all.length === 0 ? `${none}; ${required}` : `${required}; found is only ${listed(all)}`;
}

function faultOf(one: Believed, demand: Demand, { rule, evidence }: Judged): string {
  const formats = rule.require.formats;
  if (formats?.includes(one.format) === false)
    return `it is a ${one.format}; only ${formats.join(', ')} counts (formats)`;
  const fault = demand.why(one);
  if (fault !== undefined) return fault;
  return one.subject === evidence.digest
    ? 'it is not enough alone'
    : `it speaks of ${one.subject} and not of what is named`;
}
