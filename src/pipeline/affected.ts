import { canonicalJson, textsAt } from '../model/json.ts';
import { sameInputs } from '../model/closure.ts';
import { isWithin } from '../model/path.ts';
import type { ChangedFile } from '../model/tree.ts';
import type { AppChange } from '../model/verdict.ts';
import { leadsTo } from './plain-roots.ts';
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

/** Every path that the app's source names: its folder, values files. */
function pathsNamed({ app }: Rendered): readonly string[] {
  const { source } = app;
  const input = 'input' in source ? source.input : {};
  const files = [...textsAt(input, 'valueFiles'), ...textsAt(input, 'files')].map((file) => file.replace(/^\//, ''));
  return [app.path, ...files];
}

/**
 * DESIGN 5: what failed before it is known what it reads counts as touched by anything under its path, its values files, and whatever
 * its kustomization leads to.
 */
function touchesWhatItNames(rendered: Rendered, { base, merged, changed }: Sides): boolean {
  if (rendered.failure?.code === 'elsewhere') return false;
  const paths = changed.map(({ path }) => path);
  const named = pathsNamed(rendered);
  if (paths.some((path) => named.some((folder) => isWithin(path, folder)))) return true;
  const touched = new Set(paths);
  return [base, merged].some((side) => leadsTo(rendered.app.path, touched, side));
}

function changeOf(base: Rendered, merged: Rendered, sides: Sides): AppChange {
  if (definitionText(base) !== definitionText(merged)) return 'changed';
  if (!sameInputs(merged.reads, sides.base.listing.tree, sides.merged.listing.tree)) return 'changed';
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
