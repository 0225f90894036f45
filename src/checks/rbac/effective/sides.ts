import type { JsonObject } from '../../../model/json.ts';
import { type Manifest, objectIdOf } from '../../../model/manifest.ts';
import type { World } from '../../../model/world.ts';
import type { WholeWorlds } from '../../check.ts';
import { BUILT_IN, changedAgainst, type IsChanged } from './cause.ts';
import { type ClusterRights, clusterRights } from './cluster.ts';

/** One side of one cluster. */
export interface OneSide {
  readonly manifests: readonly Manifest[];
  readonly rights: ClusterRights;
}

export interface BaseSide extends OneSide {
  /** Is this object of the merge result another one, or not there, on the base? */
  readonly isNew: IsChanged;
}

type Known<Value> = Map<string, Value>;

/** Blame asks about many merge results and one base: by world, by what Kubernetes brings, and by cluster. */
const BASES = new WeakMap<World, WeakMap<readonly JsonObject[], Known<BaseSide>>>();
const BUILT_INS = new WeakMap<readonly JsonObject[], Known<readonly Manifest[]>>();

export function baseOf(whole: WholeWorlds, cluster: string): BaseSide {
  const ofWorld = BASES.get(whole.base) ?? new WeakMap<readonly JsonObject[], Known<BaseSide>>();
  BASES.set(whole.base, ofWorld);
  const ofBoth: Known<BaseSide> = ofWorld.get(whole.builtIn) ?? new Map();
  ofWorld.set(whole.builtIn, ofBoth);
  const base = ofBoth.get(cluster) ?? readBase(manifestsOf(whole.base, whole, cluster));
  ofBoth.set(cluster, base);
  return base;
}

function readBase(manifests: readonly Manifest[]): BaseSide {
  return { manifests, rights: clusterRights(manifests), isNew: changedAgainst(manifests) };
}

/** All that is in one cluster, and what Kubernetes brings itself. */
export function manifestsOf({ manifests }: World, { builtIn }: WholeWorlds, cluster: string): readonly Manifest[] {
  return [...manifests.filter((one) => one.cluster === cluster), ...builtInOf(builtIn, cluster)];
}

function builtInOf(objects: readonly JsonObject[], cluster: string): readonly Manifest[] {
  const ofAll: Known<readonly Manifest[]> = BUILT_INS.get(objects) ?? new Map();
  BUILT_INS.set(objects, ofAll);
  const manifests = ofAll.get(cluster) ?? objects.map((object) => toManifest(object, cluster));
  ofAll.set(cluster, manifests);
  return manifests;
}

function toManifest(object: JsonObject, cluster: string): Manifest {
  return { id: objectIdOf(object), object, app: BUILT_IN, cluster, origin: {}, volatile: [] };
}
