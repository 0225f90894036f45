import type { Problem } from '../../../model/finding.ts';
import type { OneSide } from '../effective/sides.ts';
import { PathGraph } from './graph.ts';
import { type Judged, judgeWay } from './judged.ts';
import { isOfPaths, type PathLooking } from './looking.ts';
import { cutProblems, problemsFor } from './problem.ts';
import { PathSearch, type Way } from './search.ts';
import { sameIn, type Start, startsOf } from './start.ts';

export { isOfPaths } from './looking.ts';
export { escapableTakeover, PATH_RULES, workloadTakeover } from './rules.ts';

/** Ways to power that the base does not have, over all objects of one cluster. */
export function pathProblems(base: OneSide, merged: OneSide, looking: PathLooking): readonly Problem[] {
  if (!isTouched(base, merged, looking)) return [];
  const graph = new PathGraph({ ...merged, ...looking });
  const starts = startsOf(graph);
  const after = new PathSearch(
    graph,
    starts.map(({ node }) => node),
    looking.maxEdges,
  );
  const reaching = starts
    .map((start) => judgedAll(start, after.waysFrom(start.node)))
    .filter((judged) => judged.length > 0);
  const { fresh, isCut } = newWays(reaching, base, looking);
  const cut = after.isCut || isCut ? cutProblems(merged.manifests, looking) : [];
  return [...problemsFor(fresh, looking), ...cut];
}

/** Does anything differ that a way goes over? */
function isTouched(base: OneSide, merged: OneSide, { isNew, isGone }: PathLooking): boolean {
  return (
    merged.manifests.some((one) => isNew(one) && isOfPaths(one)) ||
    base.manifests.some((one) => isGone(one) && isOfPaths(one))
  );
}

interface Fresh {
  readonly fresh: readonly Judged[];
  readonly isCut: boolean;
}

/** Of each start, those that it has not on the base; the base is only searched where there is something to compare. */
function newWays(reaching: readonly (readonly Judged[])[], base: OneSide, looking: PathLooking): Fresh {
  if (reaching.length === 0) return { fresh: [], isCut: false };
  const graph = new PathGraph({ ...base, ...looking });
  const pairs = reaching.map((ways) => ({ ways, old: ways.slice(0, 1).flatMap(({ start }) => sameIn(graph, start)) }));
  const nodes = pairs.flatMap(({ old }) => old.map(({ node }) => node));
  const before = new PathSearch(graph, nodes, looking.maxEdges);
  const fresh = pairs.flatMap(({ ways, old }) => {
    const known = old.flatMap((one) => [...before.waysFrom(one.node).values()].map((way) => judgeWay(one, way)));
    return ways.filter((one) => isNewWay(one, known, old));
  });
  return { fresh, isCut: before.isCut };
}

function judgedAll(start: Start, ways: ReadonlyMap<string, Way>): readonly Judged[] {
  const judged = [...ways.values()].map((way) => judgeWay(start, way)).filter(({ isFinding }) => isFinding);
  // Power over the cluster is everything else as well.
  const whole = judged.find(({ way, isCertain }) => way.end.key === 'cluster' && isCertain);
  return whole === undefined ? judged : [whole];
}

/** The base has none to this end or to all of the cluster, or one that counts for less; or the workload was harder to get out of. */
function isNewWay(one: Judged, known: readonly Judged[], old: readonly Start[]): boolean {
  const same = known.filter(({ way }) => way.end.key === one.way.end.key || way.end.key === 'cluster');
  return !same.some((other) => other.countsAsMuchAs(one)) || isWeaker(one, old);
}

function isWeaker({ start, isDirect }: Judged, old: readonly Start[]): boolean {
  const { node } = start;
  if (node.kind !== 'workload' || !isDirect) return false;
  const before = old.flatMap((other) => (other.node.kind === 'workload' ? other.node.workload.weaknesses : []));
  return node.workload.weaknesses.some((weakness) => !before.includes(weakness));
}
