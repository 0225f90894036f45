import { differences } from '../diff/index.ts';
import { identityKey, type Manifest } from '../model/manifest.ts';
import type { ObjectChange } from '../model/verdict.ts';
import type { AppPair } from './affected.ts';
import { isShown, type Rendered } from './render-app.ts';

/** Objects of one identity in the order of the render: an app may bring one twice, and each is compared with its like. */
function byIdentity(rendered: Rendered | undefined): ReadonlyMap<string, Manifest> {
  const seen = new Map<string, number>();
  return new Map(
    (rendered?.manifests ?? []).map((manifest) => {
      const key = identityKey(manifest.id);
      const count = seen.get(key) ?? 0;
      seen.set(key, count + 1);
      return [`${key}\u0000${count}`, manifest];
    }),
  );
}

function changeOf(app: string, before: Manifest | undefined, after: Manifest | undefined): ObjectChange | undefined {
  const manifest = after ?? before;
  if (manifest === undefined) return undefined;
  const object = manifest.id;
  if (before === undefined) return { app, change: 'added', object, differences: [] };
  if (after === undefined) return { app, change: 'removed', object, differences: [] };
  const found = differences(before.object, after.object, { volatile: [...before.volatile, ...after.volatile] });
  if (found.length === 0) return undefined;
  return { app, change: 'changed', object, differences: found };
}

/** What one side left out for its plugins may be what the other side has written: then it is neither new nor gone. */
function isCertain({ change }: ObjectChange, { base, merged }: AppPair): boolean {
  const isWhole = [base, merged].map((side) => side?.failure === undefined);
  if (isWhole[0] === isWhole[1] || base === undefined || merged === undefined) return true;
  return change !== (isWhole[0] ? 'removed' : 'added');
}

/**
 * The objects of one app that differ between the sides. Nothing can be said where a side failed to render, so nothing is:
 * the app is errored, and a missing render is no removal.
 */
export function objectChanges(pair: AppPair): readonly ObjectChange[] {
  const { id, base, merged } = pair;
  if ([base, merged].some((side) => side !== undefined && !isShown(side))) return [];
  const [before, after] = [byIdentity(base), byIdentity(merged)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return keys
    .flatMap((key) => changeOf(id, before.get(key), after.get(key)) ?? [])
    .filter((change) => isCertain(change, pair));
}
