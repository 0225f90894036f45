import type { PathStep } from '../../../model/finding.ts';
import { BUILT_IN, type Cause, type IsChanged } from '../effective/cause.ts';
import type { Edge, PathNode } from './node.ts';
import type { Way } from './search.ts';

interface Hop {
  readonly from: PathNode;
  readonly to: PathNode;
  readonly text: string;
  readonly by: readonly Cause[];
}

/** A way as a reader sees it: whoever reaches all of a namespace becomes one of it, in one step. */
export function stepsOf(way: Way, isNew: IsChanged): readonly PathStep[] {
  return hopsOf(way).map(({ from, to, text, by }) => {
    const own = by.filter(isInGit);
    const shown = own.find(({ manifest }) => isNew(manifest)) ?? own[0];
    return {
      from: from.label,
      to: to.label,
      text: `${text}${then(from, to)}`,
      app: shown?.manifest.app ?? '',
      object: shown?.manifest.id ?? null,
      pointer: shown?.pointer ?? '',
      location: null,
    };
  });
}

/** What opened the way: the first thing on it that the base has not, or has otherwise. */
export function openerOf({ edges }: Way, isNew: IsChanged): Cause | undefined {
  const all = edges.flatMap(({ by }) => by).filter(isInGit);
  return all.find(({ manifest }) => isNew(manifest)) ?? all[0];
}

function isInGit({ manifest }: Cause): boolean {
  return manifest.app !== BUILT_IN;
}

function hopsOf({ start, edges }: Way): readonly Hop[] {
  const hops: Hop[] = [];
  let from = start;
  let held: Edge | undefined;
  for (const edge of edges) {
    const whole = held === undefined ? edge : { ...held, to: edge.to, by: [...held.by, ...edge.by] };
    held = edge.to.kind === 'hub' ? whole : undefined;
    if (held !== undefined || whole.text === '') continue;
    hops.push({ from, to: edge.to, text: whole.text, by: whole.by });
    from = edge.to;
  }
  return hops;
}

/** What the right makes of who has it; that of a workload to its account is said already, and an end is in the words of its rule. */
function then(from: PathNode, to: PathNode): string {
  switch (to.kind) {
    case 'subject':
      return from.kind === 'workload' ? '' : `, and so becomes ${to.label}`;
    case 'workload':
      return `, and so gets into ${to.label}`;
    case 'machine':
      return from.kind === 'workload' ? '' : ', and so holds a node';
    case 'role':
      return `, and so is ${to.label}`;
    case 'end':
    case 'hub':
      return '';
  }
}
