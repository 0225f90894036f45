import { listAt, objectAt, pointer, textAt, textsAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { Cause } from '../effective/cause.ts';
import type { Inventory } from './inventory.ts';
import { accountNode, type Lead, placeOf, POWER, type SubjectNode } from './node.ts';
import type { Workload } from './workload.ts';

/** Where Applications of other namespaces may be, and where these may deploy to. */
export interface Project {
  readonly manifest: Manifest;
  readonly sourceNamespaces: readonly string[];
}

/** A Kustomization or HelmRelease, where its content comes from and who applies it. */
export interface FluxApp {
  readonly manifest: Manifest;
  /** `GitRepository/namespace/name`. */
  readonly source: string;
  readonly account: string;
}

export type FluxKind = 'Kustomization' | 'HelmRelease';

const FLUX: Readonly<Record<FluxKind, { readonly group: string; readonly controller: string }>> = {
  Kustomization: { group: 'kustomize.toolkit.fluxcd.io', controller: 'kustomize-controller' },
  HelmRelease: { group: 'helm.toolkit.fluxcd.io', controller: 'helm-controller' },
};

const APPLICATION_CONTROLLER = 'argocd-application-controller';
const IMPERSONATION = 'application.sync.impersonation.enabled';
const DEFAULT_ACCOUNT = '--default-service-account=';

/** The objects of Argo CD and Flux in one cluster on one side, and their controllers where the repository has them. */
export class GitopsObjects {
  readonly projects: readonly Project[];
  readonly fluxApps: readonly FluxApp[];
  /** Namespaces in which an Application may name any project. */
  readonly argoNamespaces: ReadonlySet<string>;
  /** Do syncs run as the accounts that projects name? */
  readonly impersonation: Manifest | undefined;
  readonly #applications: ReadonlySet<string>;
  readonly #workloads: readonly Workload[];

  constructor(manifests: readonly Manifest[], inventory: Inventory) {
    this.projects = manifests.filter((one) => isOf(one, 'argoproj.io', 'AppProject')).map(readProject);
    this.fluxApps = manifests.flatMap(readFluxApp);
    this.#applications = new Set(manifests.filter((one) => isOf(one, 'argoproj.io', 'Application')).map(nameOf));
    this.#workloads = inventory.all();
    const controllers = this.#workloads.filter((one) => isCalled(one, APPLICATION_CONTROLLER));
    const homes = [...controllers, ...this.projects].map(({ manifest }) => manifest.id.namespace);
    this.argoNamespaces = new Set(['argocd', ...homes].filter((namespace) => namespace !== ''));
    this.impersonation = manifests.find(
      (one) => isOf(one, '', 'ConfigMap') && one.id.name === 'argocd-cm' && isSwitchedOn(one),
    );
  }

  hasApplication(namespace: string, name: string): boolean {
    return this.#applications.has(`${namespace}/${name}`);
  }

  /** Argo CD itself: its account where the repository has the controller, else what it is installed with. */
  argo(): readonly Lead[] {
    return this.#controller(APPLICATION_CONTROLLER);
  }

  /**
   * The controller of Flux that applies what names no account: nobody where it has an account for that case.
   * https://fluxcd.io/flux/installation/configuration/multitenancy/
   */
  flux(kind: FluxKind): readonly Lead[] {
    const named = this.#workloads.filter((one) => isCalled(one, FLUX[kind].controller));
    return named.some((one) => defaultAccount(one) !== '') ? [] : this.#controller(FLUX[kind].controller);
  }

  fluxDefault(kind: FluxKind): string {
    const found = this.#workloads.filter((one) => isCalled(one, FLUX[kind].controller)).map(defaultAccount);
    return found.find((account) => account !== '') ?? '';
  }

  #controller(name: string): readonly Lead[] {
    const found = this.#workloads.filter((one) => isCalled(one, name));
    if (found.length === 0) return [{ to: POWER, doubt: 'assumed' }];
    return found.map((one) => ({ to: accountOf(one), by: [whereNamed(one)] }));
  }
}

function isOf({ id }: Manifest, group: string, kind: string): boolean {
  return groupOf(id.apiVersion) === group && id.kind === kind;
}

function nameOf({ id }: Manifest): string {
  return `${id.namespace}/${id.name}`;
}

/** By its label, or by the end of its name: charts put the name of the release before it. */
function isCalled({ manifest }: Workload, name: string): boolean {
  const labels = objectAt(objectAt(manifest.object, 'metadata'), 'labels');
  return textAt(labels, 'app.kubernetes.io/name') === name || `-${manifest.id.name}`.endsWith(`-${name}`);
}

function accountOf({ manifest, account }: Workload): SubjectNode {
  return accountNode(placeOf(manifest), account);
}

function whereNamed({ manifest, pointer: at }: Workload): Cause {
  return { manifest, pointer: at };
}

function isSwitchedOn({ object }: Manifest): boolean {
  return textAt(objectAt(object, 'data'), IMPERSONATION) === 'true';
}

function defaultAccount({ pod }: Workload): string {
  const words = listAt(pod, 'containers').flatMap((one) => [...textsAt(one, 'args'), ...textsAt(one, 'command')]);
  return words.find((word) => word.startsWith(DEFAULT_ACCOUNT))?.slice(DEFAULT_ACCOUNT.length) ?? '';
}

function readProject(manifest: Manifest): Project {
  return { manifest, sourceNamespaces: textsAt(objectAt(manifest.object, 'spec'), 'sourceNamespaces') };
}

function readFluxApp(manifest: Manifest): readonly FluxApp[] {
  const isFlux = (['Kustomization', 'HelmRelease'] as const).some((kind) => isOf(manifest, FLUX[kind].group, kind));
  const spec = objectAt(manifest.object, 'spec');
  // With a kubeconfig it is applied to another cluster.
  if (!isFlux || spec['kubeConfig'] !== undefined) return [];
  const chart = objectAt(objectAt(spec, 'chart'), 'spec');
  const references = [spec['sourceRef'], spec['chartRef'], chart['sourceRef']];
  const account = textAt(spec, 'serviceAccountName');
  return references.flatMap((one) => {
    const name = textAt(one, 'name');
    const namespace = textAt(one, 'namespace') || manifest.id.namespace;
    return name === '' ? [] : [{ manifest, account, source: `${textAt(one, 'kind')}/${namespace}/${name}` }];
  });
}

/** Is this object one that says what the controllers apply for whom? */
export function isOfGitops(manifest: Manifest): boolean {
  const group = groupOf(manifest.id.apiVersion);
  return group === 'argoproj.io' || group.endsWith('.toolkit.fluxcd.io') || manifest.id.name.startsWith('argocd-');
}

export const inSpec = (manifest: Manifest, field: string): Cause => ({ manifest, pointer: pointer('spec', field) });
