import { type ImageRef, imageText } from '../../model/image-ref.ts';
import type { Problem } from '../../model/finding.ts';
import { imagesIn } from '../../model/image-places.ts';
import type { Check, CheckInput, Rule } from '../check.ts';
import { builderChanged } from './builder-changed.ts';
import { casesOf, type ProvenanceInput, unaskedIn } from './cases.ts';
import { noAccess } from './no-access.ts';
import { notCompared } from './not-compared.ts';
import { notFound } from './not-found.ts';
import { older } from './older.ts';
import { policyProblems } from './image-policies.ts';
import { guardProblems, guardRemoved, guardUnread, hasGuards } from './guards.ts';
import { type Place, placeKey } from './place.ts';
import { provenanceLost } from './provenance-lost.ts';
import { rejected } from './rejected.ts';
import { repositoryChanged } from './repository-changed.ts';
import type { Case, ProvenanceRow, Said } from './row.ts';
import { signatureLost } from './signature-lost.ts';
import { signerChanged } from './signer-changed.ts';
import { sourceChanged } from './source-changed.ts';
import { tagMoved } from './tag-moved.ts';
import { unknownOf } from './unknown.ts';
import { platforms, provenance as provenanceRow, signature, tooOld } from './unmet.ts';

export { questionsOf, type Question } from './cases.ts';
export { asksForEvidence, asksForPlatforms, rulesFor, unmet } from './requirements.ts';
export { learntOf, withProvenance } from './results.ts';
export { signaturesOf } from './standing.ts';
export { lineOf, signerText } from './text.ts';

/** Of both sides: what policy asks for, and what can be seen of each image alone. */
const STATES: readonly ProvenanceRow[] = [
  signature,
  provenanceRow,
  tooOld,
  platforms,
  notFound,
  noAccess,
  rejected,
  tagMoved,
];

/** Of the merge result against the base: what has been lost on the way. */
const LOSSES: readonly ProvenanceRow[] = [
  signatureLost,
  signerChanged,
  provenanceLost,
  sourceChanged,
  builderChanged,
  notCompared,
  repositoryChanged,
  older,
];

/** Every rule of the family, in report order. */
export const RULES: readonly Omit<Rule, 'hits'>[] = [...STATES, ...LOSSES, guardRemoved, guardUnread];

/** Who stands behind the images, and whether it is the one who stood behind them before. */
export const provenance: Check = {
  id: 'provenance',
  title: 'Who stands behind the images',
  isAsked: (input) => input.provenance !== undefined,
  looksAt: ({ base, merged, whole, policy, provenance: given }) =>
    hasGuards({ whole }) ||
    (given?.artifacts.length ?? 0) > 0 ||
    [base, merged].some(({ manifests }) => manifests.some((one) => imagesIn(one, policy.imageFields).length > 0)),
  run(input, signal) {
    signal.throwIfAborted();
    return Promise.resolve([
      ...known(input).flatMap((one) => [...imageProblems(one), ...policyProblems(one)]),
      ...guardProblems(input),
    ]);
  },
  unknowns: (input) => known(input).flatMap(unknownsIn),
};

function imageProblems(input: ProvenanceInput): readonly Problem[] {
  const places = Map.groupBy(casesOf(input), ({ side, place }) => `${side} ${placeKey(place)}`);
  return [...places.values()].flatMap((own) => {
    const all = own.flatMap((one) => rowsFor(one).flatMap((row) => row.says(one).map((said) => ({ row, one, said }))));
    const isSaid = (row: ProvenanceRow, { enforcement }: Said) =>
      all.some((other) => other.row === row && !other.one.isOtherLine && other.said.enforcement === enforcement);
    // The same loss in two lines of one place is one; a remark in the one hides no loss in the other.
    return all
      .filter(({ row, one, said }) => !one.isOtherLine || !isSaid(row, said))
      .map(({ row, one, said }) => toProblem(row, one, said));
  });
}

function rowsFor({ side, isOtherLine }: Case): readonly ProvenanceRow[] {
  return [...(isOtherLine ? [] : STATES), ...(side === 'merged' ? LOSSES : [])];
}

/** The images of which the check would say something. */
export function doubtedIn(input: ProvenanceInput): readonly ImageRef[] {
  return casesOf(input)
    .filter((one) => rowsFor(one).some((row) => row.says(one).length > 0))
    .map(({ place }) => place.ref);
}

function known(input: CheckInput): readonly ProvenanceInput[] {
  return input.provenance === undefined ? [] : [{ ...input, provenance: input.provenance }];
}

/** Each sentence once, with the places that it holds for: the check is run again, or the image is changed, for all of them. */
function unknownsIn(input: ProvenanceInput): readonly string[] {
  const unasked = unaskedIn(input).map((place) => ({
    place,
    sentence: `${imageText(place.ref)} was not looked up; run the check again`,
  }));
  const changed = casesOf(input).filter(({ side, isStanding }) => side === 'merged' && !isStanding);
  const unknown = changed.flatMap((one) => {
    const sentence = unknownOf(one);
    return sentence === undefined ? [] : [{ place: one.place, sentence }];
  });
  return [...Map.groupBy([...unasked, ...unknown], ({ sentence }) => sentence)].map(
    ([sentence, own]) => `${sentence} (${whereText(own.map(({ place }) => place))})`,
  );
}

function whereText([first, ...rest]: readonly Place[]): string {
  if (first === undefined) return '';
  const { object, name, app } = first;
  const owner =
    object === null ? app : `${object.kind} ${object.namespace === '' ? '' : `${object.namespace}/`}${object.name}`;
  return `${name} of ${owner}${rest.length === 0 ? '' : ` and ${rest.length} more`}`;
}

function toProblem(row: ProvenanceRow, { side, place }: Case, said: Said): Problem {
  const { id, alias, severity, enforcement, why, fix } = row;
  const { app, object, pointer, key } = place;
  return { severity, enforcement, fix, ...said, side, rule: id, alias, why, app, object, pointer, key };
}
