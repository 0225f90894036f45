import { isSameJson, pointer } from '../../../model/json.ts';
import { identityKey, type Manifest } from '../../../model/manifest.ts';
import type { Difference } from './diff.ts';

/** The roles and bindings that Kubernetes brings belong to no app. */
export const BUILT_IN = '';

export interface Cause {
  readonly manifest: Manifest;
  readonly pointer: string;
}

/** Is this object another one, or not there, on the other side? */
export type IsChanged = (manifest: Manifest) => boolean;

export function changedAgainst(manifests: readonly Manifest[]): IsChanged {
  const there = Map.groupBy(manifests, objectKey);
  const known = new WeakMap<Manifest, boolean>();
  return (manifest) => {
    const answer =
      known.get(manifest) ??
      !(there.get(objectKey(manifest)) ?? []).some(({ object }) => isSameJson(object, manifest.object));
    known.set(manifest, answer);
    return answer;
  };
}

export function objectKey({ app, id }: Manifest): string {
  return `${app}\u0000${identityKey(id)}`;
}

/** The object by which the difference came: the binding, the role that says the rule, or the role that takes it over by a selector. */
export function causeOf({ held, rule }: Difference, isChanged: IsChanged): Cause {
  const { binding, subject, role } = held;
  const bound: Cause = { manifest: binding.manifest, pointer: pointer('subjects', subject.index) };
  const candidates: readonly Cause[] = [
    bound,
    { manifest: rule.source.manifest, pointer: pointer('rules', rule.index) },
    { manifest: role.manifest, pointer: pointer('aggregationRule') },
  ];
  return candidates.find(({ manifest }) => manifest.app !== BUILT_IN && isChanged(manifest)) ?? bound;
}
