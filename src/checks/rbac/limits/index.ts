import type { Problem } from '../../../model/finding.ts';
import { isSameJson } from '../../../model/json.ts';
import { identityKey, type Manifest } from '../../../model/manifest.ts';
import type { Loose } from '../gitops-facts.ts';
import { itemsOf } from '../object.ts';
import { listed, quoted } from '../wording.ts';
import { noLongerDenied } from './argocd-lines.ts';
import { liftedSwitches } from './controllers.ts';
import { newlyAllowedKinds } from './kinds.ts';
import { noLongerRefused } from './refusals.ts';
import { limitRemoved } from './rules.ts';

/** What one object limited on the base and does not in the merge result. */
type LimitReader = (before: Manifest, after: Manifest) => readonly Loose[];

const READERS: readonly LimitReader[] = [newlyAllowedKinds, noLongerRefused, noLongerDenied, liftedSwitches];

/**
 * Limits that an object of the base had and has no longer. An object that is gone takes what it allowed along, and one that is new
 * limits nothing less; what it allows is said of itself.
 */
export function limitProblems(base: readonly Manifest[], merged: readonly Manifest[]): readonly Problem[] {
  const before = new Map(base.flatMap(itemsOf).map((one) => [placeOf(one), one]));
  return merged.flatMap(itemsOf).flatMap((after) => {
    const known = before.get(placeOf(after));
    if (known === undefined || isSameJson(known.object, after.object)) return [];
    const lost = READERS.flatMap((lostIn) => lostIn(known, after));
    return [...Map.groupBy(lost, ({ severity }) => severity).values()].map((some) => problemOf(after, some));
  });
}

function placeOf({ cluster, id }: Manifest): string {
  return `${cluster}\u0001${identityKey(id)}`;
}

function problemOf({ app, id: object }: Manifest, lost: readonly Loose[]): Problem {
  const { id, alias, severity, enforcement, why, fix } = limitRemoved;
  const what = listed([...new Set(lost.map(({ sentence }) => sentence))], '; ');
  return {
    side: 'merged',
    rule: id,
    alias,
    severity: lost[0]?.severity ?? severity,
    enforcement,
    why,
    fix,
    app,
    object,
    pointer: lost[0]?.pointer ?? '',
    key: lost[0]?.severity ?? '',
    facets: [...new Set(lost.map(({ facet }) => facet))].toSorted(),
    message: `${object.kind} ${quoted(object.name)} limits less than before: ${what}`,
  };
}
