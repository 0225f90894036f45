import { topsReaching } from '../discover/kustomize-graph.ts';
import { kustomizationIn } from '../discover/listing.ts';
import { kustomizeRoot } from '../discover/plain.ts';
import type { App } from '../model/app.ts';
import type { Policy } from '../model/policy.ts';
import type { Sides } from './affected.ts';
import { filesReadIn } from './render-app.ts';
import type { SideView } from './side.ts';

/** Which kustomizations the apps of a side build, and which they only come by. */
function isCoveredOn({ apps, listing }: SideView): (folder: string) => boolean {
  const rendered = [...apps.values()];
  const built = new Set(rendered.map(({ app }) => app.path));
  const read = filesReadIn(rendered);
  return (folder) => built.has(folder) || read.has(kustomizationIn(folder, listing) ?? '');
}

/**
 * Kustomizations that no app covers and that nothing names, as far as these changed files reach them. Apps may read the same
 * files: a base of two overlays changes what both apply, also where the controller object of one of them lives elsewhere.
 */
export function uncoveredRoots(paths: readonly string[], { base, merged }: Sides, policy: Policy): readonly App[] {
  const reached = ({ graph }: SideView) => [...new Set(paths.flatMap((path) => topsReaching(path, graph)))];
  const [isCoveredBefore, isCovered] = [isCoveredOn(base), isCoveredOn(merged)];
  const gone = reached(base).filter(
    (folder) => kustomizationIn(folder, merged.listing) === undefined && !isCoveredBefore(folder),
  );
  const there = reached(merged).filter((folder) => !isCovered(folder));
  return [...new Set([...gone, ...there])].toSorted().map((folder) => kustomizeRoot(folder, policy));
}
