import { canonicalJson } from '../model/json.ts';
import { sameInputs } from '../model/closure.ts';
import { isWithin } from '../model/path.ts';
import { isElsewhere } from '../model/render-source.ts';
import type { ChangedFile } from '../model/tree.ts';
import type { AppChange } from '../model/verdict.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { leadsTo } from './plain-roots.ts';
import { namedPaths } from './named-paths.ts';
import type { Rendered } from './render-app.ts';
import type { SideView } from './side.ts';

/** One app on both sides; at least one of them has it. */
export interface AppPair {
  readonly id: string;
  readonly base: Rendered | undefined;
  readonly merged: Rendered | undefined;
  readonly change: AppChange;
}

/** These failures follow from what was read: equal inputs fail alike. The others stopped before they had read all. */
const SETTLED = new Set(['parse', 'build', 'schema', 'denied']);

function settled({ failure }: Rendered): boolean {
  return failure === undefined || SETTLED.has(failure.code);
}

function definitionText({ app }: Rendered): string {
  return canonicalJson([app.definition ?? null, app.source, app.cluster]);
}

/**
 * DESIGN 5: what failed before it is known what it reads counts as touched by anything under its path, its values files, and whatever
 * its kustomization leads to.
 */
function touchesWhatItNames({ app }: Rendered, { base, merged, changed }: Sides): boolean {
  const paths = changed.map(({ path }) => path);
  const named = namedPaths(app.source);
  if (paths.some((path) => named.some((folder) => isWithin(path, folder)))) return true;
  if (isElsewhere(app.source) && [base, merged].some((side) => hasLinks(named, side))) return true;
  const touched = new Set(paths);
  return !isElsewhere(app.source) && [base, merged].some((side) => leadsTo(app.path, touched, side));
}

/** What stands behind a link is seen by no name, only by a render; one that has not rendered yet may read anything. */
function hasLinks(named: readonly string[], { listing: { links } }: SideView): boolean {
  return links.some((link) => named.some((path) => isWithin(path, link) || isWithin(link, path)));
}

/** Did the base's render see the same, look by look? What only one side had brought is the same for both: the Lock says so. */
function sawTheSame(base: Rendered, merged: Rendered, sides: Sides): boolean {
  return merged.looks.every(({ reads, mounts }, index) =>
    mounts.every(({ at, tree }) => {
      const before = base.looks[index]?.mounts.find((one) => one.at === at)?.tree ?? counterpart(tree, sides);
      return (
        before.id === tree.id ||
        sameInputs(
          reads.filter((one) => one.at === at),
          before,
          tree,
        )
      );
    }),
  );
}

function counterpart(tree: SourceTree, { base, merged }: Sides): SourceTree {
  return tree.id === merged.listing.tree.id ? base.listing.tree : tree;
}

function changeOf(base: Rendered, merged: Rendered, sides: Sides): AppChange {
  if (definitionText(base) !== definitionText(merged)) return 'changed';
  // Some failures come before the first look (files that are copied together): then there are no looks to compare.
  if (base.failure?.reason !== merged.failure?.reason) return 'changed';
  if (!sawTheSame(base, merged, sides)) return 'changed';
  if (!settled(merged) && touchesWhatItNames(merged, sides)) return 'changed';
  return 'unchanged';
}

export function isAffected({ change }: AppPair): boolean {
  return change !== 'unchanged';
}

export interface Sides {
  readonly base: SideView;
  readonly merged: SideView;
  readonly changed: readonly ChangedFile[];
}

/** `Both` may lack a side, not both. */
export function pairOf(id: string, both: Pick<AppPair, 'base' | 'merged'>, sides: Sides): AppPair {
  const { base, merged } = both;
  if (base === undefined) return { id, base, merged, change: 'added' };
  if (merged === undefined) return { id, base, merged, change: 'removed' };
  return { id, base, merged, change: changeOf(base, merged, sides) };
}

/** Every app of either side, sorted by id, and whether the change reaches it. */
export function pairApps(sides: Sides): readonly AppPair[] {
  const ids = [...new Set([...sides.base.apps.keys(), ...sides.merged.apps.keys()])].toSorted();
  return ids.map((id) => pairOf(id, { base: sides.base.apps.get(id), merged: sides.merged.apps.get(id) }, sides));
}
