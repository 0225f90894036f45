import { withManagedNamespaces } from '../checks/provenance/managed-namespaces.ts';
import { clusterOfPath } from '../discover/clusters.ts';
import { bounded } from '../model/bounded.ts';
import type { Manifest } from '../model/manifest.ts';
import type { World } from '../model/world.ts';
import type { RunContext } from './context.ts';
import { guardsInPlace } from './guards-in-place.ts';
import { objectsOfFiles, type Standing, textOf, unreadFiles } from './standing-elsewhere.ts';

const AT_ONCE = 16;

/** The API groups of what asks something of images at admission, and the label of namespaces. */
const SAYS_SO = /policy\.sigstore\.dev|kyverno\.io/;

/**
 * Policies of the base in files that no app reads, of which the policy says in which cluster they are: whoever applies them, they hold
 * there, touched by the change or not.
 */
async function guardsElsewhere(
  { pairs, base }: Pick<Standing, 'pairs' | 'base'>,
  run: RunContext,
): Promise<readonly Manifest[]> {
  const files = unreadFiles({ pairs, base }, run).filter(({ path }) => clusterOfPath(path, run.policy) !== undefined);
  const found = await bounded(files, AT_ONCE, async (file) =>
    SAYS_SO.test(await textOf(file, base)) ? [file.path] : [],
  );
  return objectsOfFiles(found.flat(), base, run);
}

/** All objects of the base, and the policies that no app brings. */
export async function guardingBase(
  world: World,
  standing: Pick<Standing, 'pairs' | 'base'>,
  run: RunContext,
): Promise<readonly Manifest[]> {
  const manifests = withManagedNamespaces(world);
  return [...guardsInPlace({ ...world, manifests }), ...(await guardsElsewhere(standing, run))];
}
