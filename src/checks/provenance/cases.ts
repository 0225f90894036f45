import { type ImageRef, imageText } from '../../model/image-ref.ts';
import { imagesIn } from '../../model/image-places.ts';
import type { ImageRule } from '../../model/policy.ts';
import { leavesOf } from '../../model/proof-rule.ts';
import type { ImageEvidence } from '../../model/provenance.ts';
import type { Side } from '../../model/world.ts';
import type { CheckInput, Provenance } from '../check.ts';
import { type Place, placeKey, placesOf } from './place.ts';
import { asksForEvidence, asksForPlatforms, rulesFor, unmet } from './requirements.ts';
import type { Before, Case } from './row.ts';
import { type Line, type Succession, successions } from './succession.ts';

export type ProvenanceInput = Pick<CheckInput, 'base' | 'merged' | 'whole' | 'policy'> & {
  readonly provenance: Provenance;
};

/** What is to be asked of whoever knows what lies beside images. */
export interface Question {
  readonly ref: ImageRef;
  readonly platforms: boolean;
  /** `owner/name` on GitHub, where policy says whose the image is. */
  readonly repository: string | undefined;
  /** Types of predicates whose statements are wanted. */
  readonly predicates?: readonly string[] | undefined;
  /** Repositories that rules name for what speaks of it. */
  readonly places?: readonly string[] | undefined;
}

/** What is new or changed, what it follows, and what stands where a rule wants to know: the rest of an app is asked nothing. */
export function questionsOf(input: ProvenanceInput): readonly Question[] {
  const { provenance } = input;
  const { before, all } = sidesOf(input);
  const changed = all
    .filter(({ isStanding }) => !isStanding)
    .flatMap(({ place, before: past, elsewhere }) => [place, ...past.flat(), ...elsewhere]);
  // Debt that stands, and debt that the change pays off: both are in the base.
  const wanted = before.filter((place) => rulesAt(place, provenance).some(asksForEvidence));
  const byText = Map.groupBy([...changed, ...wanted], ({ ref }) => imageText(ref));
  return [...byText.values()].flatMap((own) => {
    const [first] = own;
    const rules = own.flatMap((place) => rulesAt(place, provenance));
    if (first === undefined) return [];
    const places = placesIn(rules);
    const more = places.length === 0 ? {} : { places };
    return [{ ref: first.ref, platforms: asksForPlatforms(rules), repository: homeOf(rules), ...more }];
  });
}

export function rulesAt(place: Place, { rules, book }: Provenance): readonly ImageRule[] {
  return rulesFor(rules, place.ref, { ...place, digest: book.of(place.ref)?.digest });
}

function placesIn(rules: readonly ImageRule[]): readonly string[] {
  const named = rules.flatMap(({ require: { proof } }) => (proof === undefined ? [] : leavesOf(proof)));
  return [...new Set(named.flatMap(({ at }) => at ?? []))].toSorted();
}

/** The one repository that a rule names in full. */
function homeOf(rules: readonly ImageRule[]): string | undefined {
  const named = rules.flatMap(({ require: { signature, provenance } }) => [
    ...(provenance === undefined ? [] : [provenance.source]),
    ...(signature?.anyOf ?? []).flatMap((signer) => (signer.kind === 'keyless' ? (signer.repository ?? []) : [])),
  ]);
  return named.find((name) => /^[^/*]+\/[^/*]+$/.test(name));
}

interface Sides {
  readonly before: readonly Place[];
  /** Of the base, beyond the affected apps. */
  readonly others: readonly Place[];
  readonly all: readonly Succession[];
}

function sidesOf({ base, merged, policy: { imageFields }, provenance }: ProvenanceInput): Sides {
  const { artifacts, elsewhere } = provenance;
  const [before = [], after = []] = [base, merged].map((world) => placesOf(world, { artifacts, imageFields }));
  const others = placesOf({ side: 'base', apps: [], manifests: elsewhere }, { artifacts: [], imageFields });
  return { before, others, all: successions(before, after, others) };
}

/** Every image of both sides of which something was learnt, once for each line that it continues. */
export function casesOf(input: ProvenanceInput): readonly Case[] {
  const { provenance } = input;
  const { before, others, all } = sidesOf(input);
  const standing = new Set(all.filter(({ isStanding }) => isStanding).map(({ place }) => textKey(place)));
  const repositoryBefore = repositoriesBefore([...before, ...others], input);
  const caseOf = (side: Side, { place, before: past, elsewhere, isStanding }: Succession): readonly Case[] => {
    const evidence = provenance.book.of(place.ref);
    if (evidence === undefined) return [];
    const known = {
      side,
      place,
      evidence,
      isStanding,
      repositoryBefore: repositoryBefore(place.ref),
      rules: rulesAt(place, provenance).map((rule) => ({
        rule,
        missing: missingOf(rule, place, evidence, provenance),
      })),
      isWanted: provenance.imagePolicies?.wants(place.ref) ?? false,
      moved: provenance.book.moved(place.ref),
    };
    const far = elsewhere.length === 0 ? [] : [pastElsewhere(elsewhere, provenance)];
    const [first = NO_PAST, ...more] = [...past.map((line) => pastOf(line, provenance)), ...far];
    return [
      { ...known, ...first, isOtherLine: false },
      ...more.map((line) => ({ ...known, ...line, isOtherLine: true })),
    ];
  };
  return [
    ...before.flatMap((place) => caseOf('base', { place, ...NOBODY, isStanding: standing.has(textKey(place)) })),
    ...all.flatMap((one) => caseOf('merged', one)),
  ];
}

/** Images that the change brings and that nobody asked for. */
export function unaskedIn(input: ProvenanceInput): readonly Place[] {
  return sidesOf(input)
    .all.filter(({ place, isStanding }) => !isStanding && input.provenance.book.of(place.ref) === undefined)
    .map(({ place }) => place);
}

function textKey(place: Place): string {
  return [placeKey(place), imageText(place.ref)].join('\u0001');
}

type Past = Pick<Case, 'before' | 'unread' | 'isElsewhere'>;

const NOBODY = { before: [], elsewhere: [] };
const NO_PAST: Past = { before: [], unread: [], isElsewhere: false };

/** What could be read there asks for as much as all of it would: one that cannot be read need not hold up a new app. */
function pastElsewhere(line: Line, provenance: Provenance): Past {
  const past = pastOf(line, provenance);
  return { ...past, unread: past.before.length > 0 ? [] : past.unread, isElsewhere: true };
}

function pastOf(before: Line, { book }: Provenance): Past {
  const read: Before[] = [];
  const unread: Case['unread'][number][] = [];
  for (const place of before) {
    const evidence = book.of(place.ref);
    if (evidence?.status === 'read') read.push({ place, evidence });
    else unread.push({ place, evidence });
  }
  return { before: read, unread, isElsewhere: false };
}

function missingOf(
  rule: ImageRule,
  { ref }: Place,
  evidence: ImageEvidence,
  { now }: Provenance,
): ReturnType<typeof unmet> {
  return evidence.status === 'read' ? unmet(rule, ref, evidence, now) : [];
}

/** Of all that was asked for, and, where none of them runs it, of all others: looked through only if somebody wants to know. */
function repositoriesBefore(
  before: readonly Place[],
  { provenance, whole, policy }: ProvenanceInput,
): (ref: ImageRef) => Case['repositoryBefore'] {
  const affected = Map.groupBy(before, ({ ref }) => ref.repository);
  let everywhere: ReadonlySet<string> | undefined;
  const isElsewhere = (repository: string): boolean => {
    everywhere ??= new Set(
      (whole?.base.manifests ?? [])
        .flatMap((manifest) => imagesIn(manifest, policy.imageFields))
        .flatMap(({ ref }) => ref?.repository ?? []),
    );
    return everywhere.has(repository);
  };
  return (ref) => {
    if (provenance.book.of(ref)?.status !== 'no-access') return 'none';
    const own = affected.get(ref.repository) ?? [];
    if (own.some((place) => provenance.book.of(place.ref)?.status === 'read')) return 'read';
    return own.length > 0 || isElsewhere(ref.repository) ? 'unread' : 'none';
  };
}
