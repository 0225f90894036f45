import { imageText } from '../../model/image-ref.ts';
import type { Signer } from '../../model/provenance.ts';
import { differenceOf } from './identity.ts';
import { accepted, acceptedBy, comparing, type ProvenanceRow, type Said, type Succession } from './row.ts';
import { signerIdentity, whyNot } from './signer.ts';
import { signaturesOf } from './standing.ts';
import { signerText } from './text.ts';
import { beforeEntry, entryText, imagesText, madeBy, ruleFor, whoRan } from './words.ts';

/** A regression of trust (DESIGN 8): blocks without any policy. */
export const signerChanged: ProvenanceRow = {
  id: 'provenance/signer-changed',
  alias: '',
  title: 'An image is signed by whom it was signed by before',
  severity: 'critical',
  enforcement: 'required',
  why: 'A good signature of somebody else is what an image from a stolen registry account looks like.',
  fix: 'Use an image of the signer before; or list the new signer in the policy of the base branch first.',
  references: ['https://docs.sigstore.dev/certificate_authority/oidc-in-fulcio/'],
  says: comparing(changed),
};

function changed(one: Succession): Said | undefined {
  const { place, evidence, before } = one;
  const [now, then] = [signaturesOf(evidence), before.flatMap((past) => signaturesOf(past.evidence))];
  const [newest, oldest] = [now[0], then[0]];
  if (newest === undefined || oldest === undefined) return undefined;
  const pairs = now.flatMap(({ signer }) => then.map((past) => differenceOf(past.signer, signer)));
  if (pairs.includes(undefined)) return undefined;
  const past = `before, ${whoRan(one, before)} ran ${imagesText(before)}, signed by ${madeBy(then)}`;
  const message = `${imageText(place.ref)} is signed by somebody else (${pairs[0]}): ${madeBy(now)}; ${past}`;
  const facets = now.map(({ signer }) => signerIdentity(signer));
  const rule = acceptedBy(one, 'signature');
  if (rule !== undefined) return accepted({ facets, message }, rule);
  const use = `Use an image that ${signerText(oldest.signer)} has signed.`;
  return { facets, message, fix: `${use} ${listing(place.ref.repository, newest.signer)}`.trim() };
}

/** How to accept the signer; '' where no entry but a lax one would take it, as for the build of a pull request. */
function listing(repository: string, signer: Signer): string {
  const rule = ruleFor(signer);
  if (whyNot(rule, signer) !== undefined) return '';
  return `If the new signer is right, list it on the base branch first, under images: in .presync.yaml: \`${entryText(repository, rule)}\`${beforeEntry(rule)}.`;
}
