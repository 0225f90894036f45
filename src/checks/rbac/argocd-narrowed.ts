import { identityKey } from '../../model/manifest.ts';
import { coversFact, type LineFact, readFacet } from './argocd-policy.ts';
import type { MovedFacets, Placed } from './moved.ts';

/** A line of the base beyond this many of one somebody in one object is not compared: what is narrowed is then told as new. */
const MAX_COMPARED = 64;

/** What a line of Argo CD lets somebody do, and a wider line of the same object on the base let him do already. */
export function narrowedLines(before: readonly Placed[]): MovedFacets {
  const known = new Map<string, LineFact[]>();
  for (const one of before) {
    for (const fact of factsOf(one)) {
      const place = placeOf(one, fact);
      const found = known.get(place) ?? [];
      known.set(place, found);
      if (found.length < MAX_COMPARED) found.push(fact);
    }
  }
  return (one) =>
    one.hit.facets.filter((facet) => {
      const fact = isOfLines(one) ? readFacet(facet) : undefined;
      return fact !== undefined && (known.get(placeOf(one, fact)) ?? []).some((wide) => coversFact(wide, fact));
    });
}

const OF_LINES: ReadonlySet<string> = new Set(['rbac/argocd-rbac', 'rbac/argocd-project-roles']);

function isOfLines({ rule }: Placed): boolean {
  return OF_LINES.has(rule.id);
}

function factsOf(one: Placed): readonly LineFact[] {
  return isOfLines(one) ? one.hit.facets.flatMap((facet) => readFacet(facet) ?? []) : [];
}

function placeOf({ object: { manifest } }: Placed, { who }: LineFact): string {
  return [manifest.app, identityKey(manifest.id), who].join('\u0001');
}
