import { imageText } from '../../model/image-ref.ts';
import type { Believed } from '../../model/provenance.ts';
import { sourceDifference } from './identity.ts';
import { accepted, acceptedBy, comparing, type ProvenanceRow, type Said, type Succession } from './row.ts';
import { sourceOf } from './build.ts';
import { provenanceOf } from './standing.ts';
import { listed } from './text.ts';
import { imagesText, madeBy, whoRan } from './words.ts';

/** A regression of trust (DESIGN 8): blocks without any policy. */
export const sourceChanged: ProvenanceRow = {
  id: 'provenance/source-changed',
  alias: '',
  title: 'An image is built from the source that it was built from before',
  severity: 'critical',
  enforcement: 'required',
  why: 'The same name made from other source is another program.',
  fix: 'Use an image that is built from the source before; or list the new source in the policy of the base branch first.',
  references: ['https://slsa.dev/spec/v1.1/provenance'],
  says: comparing(changed),
};

function changed(one: Succession): Said | undefined {
  const { place, evidence, before } = one;
  const [now, then] = [provenanceOf(evidence), before.flatMap((past) => provenanceOf(past.evidence))].map(withSource);
  if (now === undefined || then === undefined || now.length === 0 || then.length === 0) return undefined;
  if (now.some((own) => then.some((past) => isSameSource(past, own)))) return undefined;
  const [was, is] = [then, now].map((made) => listed([...new Set(made.map((own) => sourceOf(own) ?? ''))]));
  const message = `${whoRan(one, before)} ran ${imagesText(before)}, built from ${was}; ${imageText(place.ref)} is built from ${is} (provenance by ${madeBy(now)})`;
  const facets = now.map((own) => sourceOf(own) ?? '');
  const rule = acceptedBy(one, 'provenance');
  return rule === undefined ? { facets, message } : accepted({ facets, message }, rule);
}

function withSource(made: readonly Believed[]): readonly Believed[] {
  return made.filter((one) => sourceOf(one) !== undefined);
}

/** A certificate that names its repository by number knows more than any name. */
function isSameSource(before: Believed, now: Believed): boolean {
  const [old, own] = [before, now].map(({ signer }) =>
    signer.kind === 'keyless' ? signer.claims.sourceRepositoryId : undefined,
  );
  if (old !== undefined && own !== undefined) return sourceDifference(before.signer, now.signer) === undefined;
  return sourceOf(before) === sourceOf(now);
}
