import { type AppPair, pairOf, type Sides } from './affected.ts';
import type { RunContext } from './context.ts';
import type { Rendered } from './render-app.ts';
import { childrenOf, type SideView } from './side.ts';

const SIDES = ['base', 'merged'] as const;

type Both = Readonly<Record<(typeof SIDES)[number], ReadonlyMap<string, Rendered>>>;

/** The app of this id on a side, as it was brought if it was, else as it was discovered. */
function appOn(id: string, brought: ReadonlyMap<string, Rendered>, { apps }: SideView): Rendered | undefined {
  return brought.get(id) ?? apps.get(id);
}

/**
 * Apps that only these renders show: of a plain root that a controller outside of this repository builds, of an app that was rendered
 * after the others, or in a file of no manifest's name. They take the place of what discovery knew under their ids.
 */
export async function appsBroughtBy(
  parents: readonly AppPair[],
  sides: Sides,
  run: RunContext,
): Promise<readonly AppPair[]> {
  const [base, merged] = await Promise.all(
    SIDES.map((side) =>
      childrenOf(
        parents.flatMap((pair) => pair[side] ?? []),
        sides[side],
        run,
      ),
    ),
  );
  const brought: Both = { base: base ?? new Map(), merged: merged ?? new Map() };
  const ids = [...new Set([...brought.base.keys(), ...brought.merged.keys()])].toSorted();
  return ids.map((id) =>
    pairOf(id, { base: appOn(id, brought.base, sides.base), merged: appOn(id, brought.merged, sides.merged) }, sides),
  );
}
