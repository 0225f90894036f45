import type { Grants } from '../grants.ts';
import type { Role } from '../object.ts';
import type { RuleHit } from '../repetition.ts';
import type { Context, RbacRule } from '../rule.ts';
import { isSingledOut } from '../scope.ts';

type Meeting = Map<string, readonly RbacRule[]>;

/** Which rules of a catalogue are met by which grants, by where these hold. Grants never change: what was found goes with them. */
const MET = new WeakMap<Grants, WeakMap<readonly RbacRule[], Meeting>>();

/**
 * What the catalogue says of somebody. Who that is and in which namespace is in the words alone, but for namespaces that some rule
 * singles out; so of equal lists in places that are alike the whole catalogue is asked about the first, and only the rules that
 * had something to say about the others.
 */
export function hitsOf(role: Role, rules: readonly RbacRule[], context: Context): readonly RuleHit[] {
  const meeting = meetingOf(role.grants, rules);
  const place = `${context.minor} ${placeOf(role)}`;
  const hits = (meeting.get(place) ?? rules).flatMap((rule) => rule.hits(role, context).map((hit) => ({ rule, hit })));
  if (!meeting.has(place)) meeting.set(place, [...new Set(hits.map(({ rule }) => rule))]);
  return hits;
}

function meetingOf(grants: Grants, rules: readonly RbacRule[]): Meeting {
  const known = MET.get(grants) ?? new WeakMap<readonly RbacRule[], Meeting>();
  MET.set(grants, known);
  const meeting: Meeting = known.get(rules) ?? new Map();
  known.set(rules, meeting);
  return meeting;
}

function placeOf({ scope, manifest }: Role): string {
  if (scope === 'cluster') return 'cluster';
  return isSingledOut(manifest.id.namespace) ? `namespace ${manifest.id.namespace}` : 'namespace';
}
