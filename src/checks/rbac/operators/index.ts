import type { Problem } from '../../../model/finding.ts';
import { groupOf, identityKey, isKubernetesObject, type Manifest, objectIdOf } from '../../../model/manifest.ts';
import type { World } from '../../../model/world.ts';
import { itemsOf } from '../object.ts';
import { tenant } from './capsule.ts';
import type { Made, Reader } from './made.ts';
import { crossplaneObject } from './nested.ts';
import { clusterServiceVersion } from './olm.ts';
import { securityContextConstraints } from './openshift.ts';
import {
  clusterRoleTemplateBinding,
  globalRole,
  globalRoleBinding,
  projectRoleTemplateBinding,
  roleTemplate,
} from './rancher.ts';
import { rbacDefinition } from './rbac-manager.ts';

/** Objects of operators that hand out rights, by API group and kind; those that are known and not read stand in unread.ts. */
const READERS: Readonly<Record<string, Reader>> = {
  'operators.coreos.com/ClusterServiceVersion': clusterServiceVersion,
  'rbacmanager.reactiveops.io/RBACDefinition': rbacDefinition,
  'capsule.clastix.io/Tenant': tenant,
  'security.openshift.io/SecurityContextConstraints': securityContextConstraints,
  'management.cattle.io/GlobalRole': globalRole,
  'management.cattle.io/GlobalRoleBinding': globalRoleBinding,
  'management.cattle.io/RoleTemplate': roleTemplate,
  'management.cattle.io/ClusterRoleTemplateBinding': clusterRoleTemplateBinding,
  'management.cattle.io/ProjectRoleTemplateBinding': projectRoleTemplateBinding,
  'kubernetes.crossplane.io/Object': crossplaneObject,
  'kubernetes.m.crossplane.io/Object': crossplaneObject,
};

export const OPERATOR_KINDS: readonly string[] = Object.keys(READERS);

/** What was made, and of what. */
interface Expanded {
  readonly manifest: Manifest;
  readonly source: Manifest;
  readonly made: Made;
}

/** A world stays the same object, so that what is known of it is found again. */
const WITH_MADE = new WeakMap<World, World>();

/** Manifests never change, and most are asked for several times. */
const EXPANDED = new WeakMap<Manifest, readonly Expanded[]>();

export function expandedOf(manifest: Manifest): readonly Expanded[] {
  const known = EXPANDED.get(manifest) ?? expandAgain(manifest);
  EXPANDED.set(manifest, known);
  return known;
}

function expandAgain(manifest: Manifest): readonly Expanded[] {
  return itemsOf(manifest).flatMap((source) => {
    const { id, object } = source;
    const kind = `${groupOf(id.apiVersion)}/${id.kind}`;
    const reader = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
    const all = reader?.(object, id).filter((made) => isKubernetesObject(made.object)) ?? [];
    return all.map((made) => ({
      manifest: { ...source, id: objectIdOf(made.object), object: made.object },
      source,
      made,
    }));
  });
}

/** The world with what operators make of their objects in it. */
export function withMade(world: World): World {
  const known = WITH_MADE.get(world) ?? addMade(world);
  WITH_MADE.set(world, known);
  return known;
}

function addMade(world: World): World {
  if (!world.manifests.some((one) => expandedOf(one).length > 0)) return world;
  const manifests = world.manifests.flatMap((one) => [one, ...expandedOf(one).map(({ manifest }) => manifest)]);
  return { ...world, manifests };
}

/** Problems of what an operator makes are problems of the object that it makes it of. */
export function readdressed(problems: readonly Problem[], worlds: readonly World[]): readonly Problem[] {
  const manifests = worlds.flatMap((world) => world.manifests);
  const sources = new Map<string, { readonly source: Manifest; readonly made: Made }>();
  for (const { manifest, source, made } of manifests.flatMap(expandedOf)) {
    sources.set(addressOf(manifest.app, manifest), { source, made });
  }
  if (sources.size === 0) return problems;
  // What somebody wrote by that name is meant first.
  for (const written of manifests) sources.delete(addressOf(written.app, written));
  const at = ({ app, object, pointer }: Placed): Pick<Placed, 'object' | 'pointer'> | undefined => {
    const found = object === null ? undefined : sources.get(addressOf(app, { id: object }));
    return found && { object: found.source.id, pointer: pointerIn(found.made, pointer) };
  };
  return problems.map((problem) => {
    const { path } = problem;
    const steps = path && { path: path.map((step) => ({ ...step, ...at(step) })) };
    const place = at(problem);
    const key = place === undefined ? problem.key : `${problem.key} of ${problem.object?.name ?? ''}`;
    return { ...problem, ...place, key, ...steps };
  });
}

type Placed = Pick<Problem, 'app' | 'object' | 'pointer'>;

function addressOf(app: string, { id }: Pick<Manifest, 'id'>): string {
  return `${app}\u0000${identityKey(id)}`;
}

function pointerIn({ at, parts = {} }: Made, pointer: string): string {
  const [, part = '', ...rest] = pointer.split('/');
  const known = Object.hasOwn(parts, part) ? parts[part] : undefined;
  return known === undefined ? at : [known, ...rest].join('/');
}
