import type { Problem } from '../../../model/finding.ts';
import { changedAgainst } from '../effective/cause.ts';
import { PathGraph } from './graph.ts';
import { type Judged, judgeWay } from './judged.ts';
import { isOfPaths, type OneSide, type PathLooking } from './looking.ts';
import { cutProblems, problemsFor } from './problem.ts';
import { PathSearch, type Way } from './search.ts';
import { sameIn, type Start, startsOf } from './start.ts';

export { isOfPaths } from './looking.ts';
export { escapableTakeover, PATH_RULES, workloadTakeover } from './rules.ts';

/** Ways to power that the base does not have, over all objects of one cluster. */
export function pathProblems(base: OneSide, merged: OneSide, looking: PathLooking): readonly Problem[] {
  if (!isTouched(base, merged)) return [];
  const [before, after] = [base, merged].map(
    (side) => new PathSearch(new PathGraph({ ...side, ...looking }), looking.maxEdges),
  );
  if (before === undefined || after === undefined) return [];
  const found = newWays(before, after);
  const cut = before.isCut || after.isCut ? cutProblems(merged.manifests, looking) : [];
  return [...problemsFor(found, looking), ...cut];
}

/** Does anything differ that a way goes over? */
function isTouched(base: OneSide, merged: OneSide): boolean {
  const [before, after] = [base, merged].map(({ manifests }) => manifests.filter(isOfPaths));
  if (before === undefined || after === undefined) return true;
  return before.length !== after.length || after.some(changedAgainst(before)) || before.some(changedAgainst(after));
}

function newWays(before: PathSearch, after: PathSearch): readonly Judged[] {
  return startsOf(after.graph).flatMap((start) => {
    const ways = after.waysFrom(start.node);
    if (ways.size === 0) return [];
    const old = sameIn(before.graph, start);
    const known = old.flatMap((one) => [...before.waysFrom(one.node).values()].map((way) => judgeWay(one, way)));
    return judgedAll(start, ways).filter((one) => isNewWay(one, known, old));
  });
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
