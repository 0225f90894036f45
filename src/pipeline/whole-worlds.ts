import type { NotCounted, WholeWorlds } from '../checks/check.ts';
import type { JsonObject } from '../model/json.ts';
import type { Side } from '../model/world.ts';
import type { AppPair } from './affected.ts';
import type { RunContext } from './context.ts';
import { formsOf, worldOf } from './judge.ts';
import type { Rendered } from './render-app.ts';

/** The roles and bindings that Kubernetes creates itself, of the version that the engine links. */
export async function builtInObjects({ engine, signal }: RunContext): Promise<readonly JsonObject[]> {
  const { objects } = await engine.run({ operation: 'rbac.bootstrap', mounts: [], input: {} }, signal);
  return objects.map(({ manifest }) => manifest);
}

/** Whatever could be rendered, of every app; the rest by name. */
export function wholeWorlds(pairs: readonly AppPair[], builtIn: readonly JsonObject[]): WholeWorlds {
  return {
    base: worldOf('base', pairs),
    merged: worldOf('merged', pairs),
    builtIn,
    notCounted: (['base', 'merged'] as const).flatMap((side) => pairs.flatMap((pair) => notCounted(pair, side))),
  };
}

function notCounted(pair: AppPair, side: Side): readonly NotCounted[] {
  const rendered = pair[side];
  if (rendered?.failure === undefined) return [];
  return [{ app: pair.id, cluster: rendered.app.cluster, side, reason: rendered.failure.reason }];
}

/** The same cluster with one app of the merge result as `rendered` has it. */
export function withVariant(whole: WholeWorlds, rendered: Rendered): WholeWorlds {
  const { apps, manifests, side } = whole.merged;
  const { id } = rendered.app;
  return {
    ...whole,
    merged: {
      side,
      apps: [...apps.filter((app) => app.id !== id), rendered.app],
      manifests: [...manifests.filter(({ app }) => app !== id), ...formsOf(rendered)],
    },
  };
}
