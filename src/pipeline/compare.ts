import { differences } from '../diff/index.ts';
import { identityKey, type Manifest } from '../model/manifest.ts';
import type { ObjectChange } from '../model/verdict.ts';
import type { AppPair } from './affected.ts';
import type { Rendered } from './render-app.ts';

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

/**
 * The objects of one app that differ between the sides. Nothing can be said where a side failed to render, so nothing is:
 * the app is errored, and a missing render is no removal.
 */
export function objectChanges({ id, base, merged }: AppPair): readonly ObjectChange[] {
  if (base?.failure !== undefined || merged?.failure !== undefined) return [];
  const [before, after] = [byIdentity(base), byIdentity(merged)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return keys.flatMap((key) => changeOf(id, before.get(key), after.get(key)) ?? []);
}
