import { type AppPair, isAffected, pairOf, type Sides } from './affected.ts';
import { appsBroughtBy } from './brought-apps.ts';
import type { RunContext } from './context.ts';
import { type Rendered, renderApp } from './render-app.ts';
import type { SideView } from './side.ts';

function isDeferred(rendered: Rendered | undefined): boolean {
  return rendered?.failure?.code === 'deferred';
}

async function now(
  rendered: Rendered | undefined,
  { listing }: SideView,
  run: RunContext,
): Promise<Rendered | undefined> {
  return rendered !== undefined && isDeferred(rendered) ? renderApp(rendered.app, listing.tree, run) : rendered;
}

/**
 * Apps made of content from elsewhere are rendered where the change reaches them: their definition differs, or their values files do.
 * What they bring in turn takes its place among the apps.
 */
export async function renderDeferred(
  pairs: readonly AppPair[],
  sides: Sides,
  run: RunContext,
): Promise<readonly AppPair[]> {
  const eager: RunContext = { ...run, defersElsewhere: false };
  const waiting = pairs.filter((pair) => isAffected(pair) && (isDeferred(pair.base) || isDeferred(pair.merged)));
  const rendered = await Promise.all(
    waiting.map(async ({ id, base, merged }) => {
      const both = await Promise.all([now(base, sides.base, eager), now(merged, sides.merged, eager)]);
      return pairOf(id, { base: both[0], merged: both[1] }, sides);
    }),
  );
  const brought = await appsBroughtBy(rendered, sides, eager);
  return [...new Map([...pairs, ...rendered, ...brought].map((pair) => [pair.id, pair])).values()];
}
