import type { PathStep, Problem } from '../../../model/finding.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { BUILT_IN, type Cause, objectKey } from '../effective/cause.ts';
import type { RbacRule } from '../rule.ts';
import { listed } from '../wording.ts';
import type { Judged } from './judged.ts';
import { isOfPaths, type PathLooking } from './looking.ts';
import { pathsNotSearched } from './rules.ts';
import { openerOf, stepsOf } from './step.ts';

/** Longer chains are told by their first and last steps; `path` has all of them. */
const MAX_TOLD = 8;

interface Opened extends Judged {
  readonly opener: Cause;
}

/** One for each object that opens ways and each kind of end: the shortest way is told, the other starts are named. */
export function problemsFor(ways: readonly Judged[], looking: PathLooking): readonly Problem[] {
  const opened = ways.map((one): Opened => ({ ...one, opener: openerOf(one.way, looking.isNew) ?? one.start.at }));
  const sorted = opened.toSorted((a, b) => a.way.edges.length - b.way.edges.length);
  const groups = Map.groupBy(sorted, ({ opener, rule, severity, way: { end } }) =>
    [objectKey(opener.manifest), rule.id, severity, end.namespace === '' ? end.key : ''].join('\u0001'),
  );
  return [...groups.values()].flatMap((group) => toProblem(group, looking));
}

function toProblem(group: readonly Opened[], { isNew, cluster }: PathLooking): readonly Problem[] {
  const [first] = group;
  if (first === undefined) return [];
  const path = stepsOf(first.way, isNew);
  const { opener, severity, way } = first;
  return [
    {
      ...saidBy(first.rule, opener),
      severity,
      key: `path ${way.start.key} ${way.end.key}`,
      facets: [...new Set(group.flatMap(facetsOf))].toSorted(),
      message: [toldAs(path), ...othersIn(group), ...(cluster === '' ? [UNKNOWN] : [])].join('; '),
      path,
    },
  ];
}

const UNKNOWN = 'the apps of this way name no cluster, and are taken to be in one';

function saidBy(
  { id, alias, severity, enforcement, why, fix }: RbacRule,
  { manifest, pointer }: Cause,
): Omit<Problem, 'key' | 'facets' | 'message'> {
  const { app, id: object } = manifest;
  return { side: 'merged', rule: id, alias, severity, enforcement, why, fix, app, object, pointer };
}

function facetsOf({ way, start }: Judged): readonly string[] {
  const weaknesses = start.node.kind === 'workload' ? start.node.workload.weaknesses : [];
  return [way.end.key, ...weaknesses];
}

function toldAs(path: readonly PathStep[]): string {
  const texts = path.map(({ text }) => text);
  if (texts.length <= MAX_TOLD) return texts.join('; ');
  const left = texts.length - MAX_TOLD;
  return [...texts.slice(0, MAX_TOLD - 1), `${left} more steps`, texts.at(-1)].join('; ');
}

function othersIn([first, ...rest]: readonly Opened[]): readonly string[] {
  const starts = new Set(rest.map(({ way }) => way.start.label));
  const ends = new Set(rest.map(({ way }) => way.end.label));
  starts.delete(first?.way.start.label ?? '');
  ends.delete(first?.way.end.label ?? '');
  return [
    ...(starts.size > 0 ? [`the same is open to ${listed([...starts])}`] : []),
    ...(ends.size > 0 ? [`it leads into ${listed([...ends])} too`] : []),
  ];
}

/** Said on the first object of the change that ways go over: where the search ended is nobody's fault. */
export function cutProblems(manifests: readonly Manifest[], { isNew, cluster }: PathLooking): readonly Problem[] {
  const inGit = manifests.filter((one) => one.app !== BUILT_IN && isOfPaths(one));
  const manifest = inGit.find(isNew) ?? inGit[0];
  if (manifest === undefined) return [];
  const where = cluster === '' ? 'of the apps that name no cluster' : 'of this cluster';
  const message = `more paths were not searched: the objects ${where} reach one another in too many ways`;
  return [{ ...saidBy(pathsNotSearched, { manifest, pointer: '' }), key: 'cut', facets: [], message }];
}
