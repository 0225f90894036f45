import { imageText } from '../../model/image-ref.ts';
import type { ImageEvidence } from '../../model/provenance.ts';
import { acceptedBy, type Case } from './row.ts';
import { asksForEvidence } from './requirements.ts';
import { plain } from './text.ts';

/** Policy says by name who must stand behind the image, and it does: what ran before is not asked any more. */
export function isSettled(one: Case): boolean {
  return (acceptedBy(one, 'signature') ?? acceptedBy(one, 'provenance')) !== undefined;
}

/** Why the image could not be judged; undefined where it could, or where DESIGN 8 makes it advice. Never green. */
export function unknownOf(one: Case): string | undefined {
  const { place, evidence } = one;
  const text = imageText(place.ref);
  switch (evidence.status) {
    case 'read':
      return unknownPast(one);
    case 'not-found':
      return undefined;
    case 'no-access':
      return isOldDebt(one)
        ? undefined
        : `${text} cannot be read: no access (${plain(evidence.reason)}); give presync credentials that can read it (docs/settings.md), or use an image that it can read`;
    case 'unreachable':
      return `${text} could not be read: ${plain(evidence.reason)}; run the check again when it can be`;
    case 'invalid':
      return `${text} could not be judged: ${plain(evidence.reason)}; push it again with what belongs to it, or use another image`;
  }
}

/** No access to the repository, now as before, and no rule that wants to know: "not verified", and no more. */
function isOldDebt({ repositoryBefore, rules, isWanted: isJudged }: Case): boolean {
  const isWanted = isJudged || rules.some(({ rule }) => rule.mode === 'block' && asksForEvidence(rule));
  return repositoryBefore === 'unread' && !isWanted;
}

function unknownPast(one: Case): string | undefined {
  const unknown = one.unread.find(({ evidence }) => evidence?.status !== 'not-found');
  if (unknown === undefined || isSettled(one)) return undefined;
  const before = imageText(unknown.place.ref);
  return `${imageText(one.place.ref)} cannot be compared with ${before}, which ran ${one.isElsewhere ? 'elsewhere' : 'there'} before: ${reasonOf(unknown.evidence)}; see that presync can read it, or require a signature of the new one under images: in .presync.yaml on the base branch`;
}

function reasonOf(evidence: Exclude<ImageEvidence, { status: 'read' }> | undefined): string {
  if (evidence === undefined) return 'nobody asked for it';
  return evidence.status === 'no-access' ? `no access (${plain(evidence.reason)})` : plain(evidence.reason);
}
