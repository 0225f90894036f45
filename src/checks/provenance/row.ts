import type { Problem } from '../../model/finding.ts';
import type { ImageRule } from '../../model/policy.ts';
import type { ImageEvidence } from '../../model/provenance.ts';
import type { Severity } from '../../model/severity.ts';
import type { Side } from '../../model/world.ts';
import type { Rule } from '../check.ts';
import type { Place } from './place.ts';
import type { Unmet } from './requirements.ts';
import type { ReadEvidence } from './subjects.ts';

/** What a row says of one image; what it leaves out is as the rule has it. */
export interface Said {
  /** The facts in normal form: another one at the same place is something new. */
  readonly facets: readonly string[];
  readonly message: string;
  readonly severity?: Severity;
  readonly enforcement?: Problem['enforcement'];
  readonly fix?: string;
}

export interface Before {
  readonly place: Place;
  readonly evidence: ReadEvidence;
}

/** An image at its place, on one side, with all that is known of it. */
export interface Case {
  readonly side: Side;
  readonly place: Place;
  readonly evidence: ImageEvidence;
  /** The base names the same image at the same place. */
  readonly isStanding: boolean;
  /** The same image at the same place was a case already: only what it comes after is another. */
  readonly isOtherLine: boolean;
  /** What it comes after runs in other apps. */
  readonly isElsewhere: boolean;
  /** The images that ran there before and could be read; none where nothing ran there, or the same. */
  readonly before: readonly Before[];
  /** Those that could not be read. */
  readonly unread: readonly {
    readonly place: Place;
    readonly evidence: Exclude<ImageEvidence, ReadEvidence> | undefined;
  }[];
  /** Does the base run images of this repository, and could any of them be read? */
  readonly repositoryBefore: 'read' | 'unread' | 'none';
  /** The rules that hold for it, and what is missing of each; of an image that could not be read nothing is known to be missing. */
  readonly rules: readonly { readonly rule: ImageRule; readonly missing: readonly Unmet[] }[];
  /** A policy whose expressions were evaluated judges it, and keeps out what it refuses. */
  readonly isWanted: boolean;
  /** The tag means another digest than when this head was judged first. */
  readonly moved: { readonly was: string; readonly is: string } | undefined;
}

/** One row of the family: looks at one image at a time. */
export interface ProvenanceRow extends Omit<Rule, 'hits'> {
  says(one: Case): readonly Said[];
}

/** A change from one image to another, all of which were read. */
export interface Succession extends Case {
  readonly evidence: ReadEvidence;
  readonly before: readonly [Before, ...Before[]];
}

/** For rows that compare: where something could not be read there is nothing to compare. */
export function comparing(says: (one: Succession) => Said | undefined): ProvenanceRow['says'] {
  return (one) => {
    const said = isSuccession(one) ? says(one) : undefined;
    return said === undefined ? [] : [said];
  };
}

function isSuccession(one: Case): one is Succession {
  return one.evidence.status === 'read' && one.before.length > 0 && one.unread.length === 0;
}

/** A loss that the rule accepts is a remark. */
export function accepted({ facets, message }: Pick<Said, 'facets' | 'message'>, { from, match }: ImageRule): Said {
  return { facets, message: `${message}. ${from} accepts it for ${match}`, severity: 'info', enforcement: 'advice' };
}

/** The rule that asks for this and has it: what policy accepts by name is no loss. */
export function acceptedBy({ rules }: Case, part: 'signature' | 'provenance'): ImageRule | undefined {
  return rules.find(({ rule, missing }) => rule.require[part] !== undefined && missing.length === 0)?.rule;
}
