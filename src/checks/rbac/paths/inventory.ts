import { type JsonObject, objectAt, pointer, textAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { Cause } from '../effective/cause.ts';
import { TOKEN_TYPE } from '../object.ts';
import { placeOf } from './node.ts';
import { readWorkload, type Workload } from './workload.ts';

/** A Secret that Kubernetes fills with the token of an account of its namespace. */
export interface TokenSecret {
  readonly manifest: Manifest;
  readonly account: string;
}

const ACCOUNT = 'kubernetes.io/service-account.name';
const ENFORCED = 'pod-security.kubernetes.io/enforce';

/** What is there besides rights, in one cluster on one side. */
export class Inventory {
  /** By place, those that run on every node first: a way over them is the surest. */
  readonly workloads: ReadonlyMap<string, readonly Workload[]>;
  /** By place. */
  readonly tokens: ReadonlyMap<string, readonly TokenSecret[]>;
  readonly #accounts: ReadonlyMap<string, Manifest>;
  readonly #open: ReadonlyMap<string, Cause>;

  constructor(manifests: readonly Manifest[]) {
    const workloads = manifests.flatMap((manifest) => readWorkload(manifest) ?? []);
    this.workloads = Map.groupBy(
      workloads.toSorted((a, b) => Number(isEverywhere(b)) - Number(isEverywhere(a))),
      ({ manifest }) => placeOf(manifest),
    );
    this.tokens = Map.groupBy(manifests.flatMap(tokenSecret), ({ manifest }) => placeOf(manifest));
    this.#accounts = new Map(manifests.filter(isAccount).map((one) => [`${placeOf(one)}/${one.id.name}`, one]));
    this.#open = new Map(manifests.filter(isOpenNamespace).map((manifest) => [manifest.id.name, openness(manifest)]));
  }

  all(): readonly Workload[] {
    return [...this.workloads.values()].flat();
  }

  /** The pod says whether it gets a token, else the account, else it does; one can be mounted by hand as well. */
  hasToken(workload: Workload): boolean {
    const account = this.#accounts.get(`${placeOf(workload.manifest)}/${workload.account}`);
    const mounts = workload.automount ?? account?.object['automountServiceAccountToken'] ?? true;
    return mounts !== false || JSON.stringify(workload.pod).includes('"serviceAccountToken"');
  }

  accountManifest(place: string, name: string): Manifest | undefined {
    return this.#accounts.get(`${place}/${name}`);
  }

  /** The label by which a namespace takes privileged pods. One without a label may be guarded by what no manifest shows. */
  opensNode(namespace: string): Cause | undefined {
    return this.#open.get(namespace);
  }
}

function isEverywhere({ manifest }: Workload): boolean {
  return manifest.id.kind === 'DaemonSet';
}

function isCore({ id }: Manifest, kind: string): boolean {
  return id.kind === kind && groupOf(id.apiVersion) === '';
}

function isAccount(manifest: Manifest): boolean {
  return isCore(manifest, 'ServiceAccount');
}

function metadata({ object }: Manifest, key: 'labels' | 'annotations'): JsonObject {
  return objectAt(objectAt(object, 'metadata'), key);
}

function isOpenNamespace(manifest: Manifest): boolean {
  return isCore(manifest, 'Namespace') && textAt(metadata(manifest, 'labels'), ENFORCED) === 'privileged';
}

function openness(manifest: Manifest): Cause {
  return { manifest, pointer: pointer('metadata', 'labels', ENFORCED) };
}

function tokenSecret(manifest: Manifest): readonly TokenSecret[] {
  if (!isCore(manifest, 'Secret') || textAt(manifest.object, 'type') !== TOKEN_TYPE) return [];
  const account = textAt(metadata(manifest, 'annotations'), ACCOUNT);
  return account === '' ? [] : [{ manifest, account }];
}

/** Is this object one that ways go over, besides roles and bindings? */
export function isOnTheWay(manifest: Manifest): boolean {
  return (
    readWorkload(manifest) !== undefined ||
    isAccount(manifest) ||
    isCore(manifest, 'Namespace') ||
    tokenSecret(manifest).length > 0
  );
}
