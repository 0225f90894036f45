import type { Finding } from '../../model/finding.ts';
import { type ImageRef, imageText } from '../../model/image-ref.ts';
import { identityKey } from '../../model/manifest.ts';
import type { ImageRule } from '../../model/policy.ts';
import type { Believed, ImageEvidence } from '../../model/provenance.ts';
import type { ImageResult } from '../../model/verdict.ts';
import type { Provenance } from '../check.ts';
import { type ProvenanceInput, rulesAt } from './cases.ts';
import { signPlainly } from './commands.ts';
import { type Place, placesOf } from './place.ts';
import { asksForEvidence, type Unmet, unmet } from './requirements.ts';
import { provenanceOf, signaturesOf } from './standing.ts';
import type { ReadEvidence } from './subjects.ts';
import { listed, plain, signerText } from './text.ts';
import { exactly, rejectedText } from './words.ts';

type Known = Pick<ImageResult, 'status' | 'digest' | 'signer' | 'note'>;

/** What was learnt, and what blocks by it, put into the inventory of the merge result; charts and artifacts are added to it. */
export function withProvenance(
  inventory: readonly ImageResult[],
  {
    merged,
    policy,
    provenance,
    findings,
  }: Pick<ProvenanceInput, 'merged' | 'policy' | 'provenance'> & { readonly findings: readonly Finding[] },
): readonly ImageResult[] {
  const { artifacts } = provenance;
  const all = placesOf(merged, { artifacts, imageFields: policy.imageFields });
  const byText = Map.groupBy(all, ({ ref }) => imageText(ref));
  const losses = findings.filter(
    ({ rule, status, blocking }) => rule.startsWith('provenance/') && status === 'new' && blocking,
  );
  const results = [...byText].map(([ref, places]) => ({
    ref,
    ...withLoss(
      knownOf(places, provenance),
      losses.find((loss) => places.some((place) => isAbout(loss, place))),
    ),
    apps: [...new Set(places.map(({ app }) => app))].toSorted(),
  }));
  const rest = inventory.filter(({ ref }) => !byText.has(ref));
  return [...rest, ...results].toSorted((a, b) => (a.ref < b.ref ? -1 : Number(a.ref > b.ref)));
}

/** Somebody stands behind it, and it blocks nevertheless: not as it was before is no more "verified" than not as asked. */
function withLoss(known: Known, loss: Finding | undefined): Known {
  if (known.status !== 'verified' || loss === undefined) return known;
  return { ...known, status: 'mismatch', note: loss.message };
}

function isAbout({ app, object, pointer, message }: Finding, place: Place): boolean {
  if (app !== place.app || pointer !== place.pointer) return false;
  // Charts and artifacts of an app have no object to tell them apart.
  if (object === null || place.object === null)
    return object === place.object && message.includes(imageText(place.ref));
  return identityKey(object) === identityKey(place.object);
}

function knownOf(places: readonly Place[], provenance: Provenance): Known {
  const [first] = places;
  const evidence = first && provenance.book.of(first.ref);
  if (first === undefined || evidence === undefined)
    return { status: 'not-required', digest: first?.ref.digest ?? null, signer: null };
  const rules = [...new Set(places.flatMap((place) => rulesAt(place, provenance)))];
  return learntOf(first.ref, evidence, { rules, now: provenance.now });
}

/** What is said of an image in a row of a table; `rules` are those that hold for it. */
export function learntOf(
  ref: ImageRef,
  evidence: ImageEvidence,
  { rules, now }: { readonly rules: readonly ImageRule[]; readonly now: Date },
): Known {
  if (evidence.status !== 'read')
    return {
      status: evidence.status === 'no-access' ? 'unverifiable' : 'errored',
      digest: evidence.digest ?? ref.digest ?? null,
      signer: null,
      note: reasonText(evidence),
    };
  const missing = rules.filter(asksForEvidence).flatMap((rule) => unmet(rule, ref, evidence, now));
  return { ...statusOf(ref, evidence, missing), digest: evidence.digest };
}

function reasonText({ status, reason }: Exclude<ImageEvidence, ReadEvidence>): string {
  return `${status === 'no-access' ? 'no access' : 'could not be read'}: ${plain(reason)}`;
}

function statusOf(ref: ImageRef, evidence: ReadEvidence, missing: readonly Unmet[]): Omit<Known, 'digest'> {
  const made = [...signaturesOf(evidence), ...provenanceOf(evidence)];
  const signer = signersText(made.length > 0 ? made : evidence.believed);
  const [first] = missing;
  if (first !== undefined) return { status: lacking(evidence), signer, note: `${first.message}. ${first.fix}` };
  if (made.length === 0) return { status: bare(evidence), signer, note: bareNote(ref, evidence) };
  return { status: 'verified', signer, note: noteOf(evidence) };
}

/** Signed, and not as policy asks for it, is another thing than not signed. */
function lacking(evidence: ReadEvidence): ImageResult['status'] {
  return evidence.believed.length > 0 ? 'mismatch' : bare(evidence);
}

function bare({ rejected }: ReadEvidence): ImageResult['status'] {
  if (rejected.length === 0) return 'unsigned';
  return rejected.some(({ fault }) => fault === 'mismatch') ? 'mismatch' : 'unverifiable';
}

function signersText(made: readonly Believed[]): string | null {
  return made.length === 0 ? null : listed([...new Set(made.map(({ signer }) => signerText(signer)))]);
}

/** What is missing, what would give it, and what lies there instead. */
function bareNote(ref: ImageRef, evidence: ReadEvidence): string | undefined {
  const note = noteOf(evidence);
  if (evidence.believed.length > 0 || evidence.rejected.length > 0) return note;
  const missing = `not signed; where it is built, ${signPlainly(exactly(ref, evidence))} does it`;
  return note === undefined ? missing : `${missing}; ${note}`;
}

/** What lies beside the image and was not counted, for a reader who sees it there and wonders. */
function noteOf(evidence: ReadEvidence): string | undefined {
  const all = [rejectedText(evidence).replace(/^; /, ''), ...evidence.notes.map(plain)].filter((text) => text !== '');
  return all.length === 0 ? undefined : listed(all);
}
