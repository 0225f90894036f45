/** A public repository with real changes of it, as branches `<prefix>/<number>/base` and `/head` of a bundle. */
export interface Corpus {
  readonly bundle: string;
  readonly prefix: string;
  readonly origin: string;
  readonly licence: string;
  readonly baseBranch: string;
  readonly pairs: readonly Pair[];
}

export interface Pair {
  readonly number: number;
  /** What the change does to objects, as far as it is known from the repository's own builds. */
  readonly known: readonly KnownChange[];
}

export interface KnownChange {
  readonly change: 'added' | 'changed' | 'removed';
  readonly kind: string;
  readonly count: number;
  /** What presync does not show of it, and why. */
  readonly unseen?: { readonly count: number; readonly reason: string };
}

type Known = readonly [change: KnownChange['change'], kind: string, count: number, unseen?: KnownChange['unseen']];

function pair(number: number, ...known: readonly Known[]): Pair {
  return {
    number,
    known: known.map(([change, kind, count, unseen]) => ({
      change,
      kind,
      count,
      ...(unseen === undefined ? {} : { unseen }),
    })),
  };
}

const NOBODY_BUILDS_IT = {
  count: 1,
  reason:
    'the sixth Deployment is in workshops/aiops-tools/base/dex, which only Application aiops-tools-workshop uses, and that one cannot be built before or after (superset_config.py is missing)',
} as const;

const argocd: Corpus = {
  bundle: 'gitops-argocd.bundle',
  prefix: 'argocd',
  origin: 'https://github.com/operate-first/apps',
  licence: 'GPL-3.0',
  baseBranch: 'master',
  pairs: [
    pair(1875, ['removed', 'CustomResourceDefinition', 2]),
    pair(2088, ['added', 'Role', 1], ['added', 'RoleBinding', 1], ['added', 'ServiceAccount', 1]),
    pair(2511, ['added', 'ClusterRole', 1], ['added', 'ClusterRoleBinding', 1], ['changed', 'ClusterRole', 1]),
    pair(2531, ['changed', 'Deployment', 6, NOBODY_BUILDS_IT]),
    pair(2675, ['added', 'SecurityContextConstraints', 4], ['added', 'ClusterRoleBinding', 4]),
    pair(2708, ['changed', 'ClusterRole', 1]),
    pair(2737, ['removed', 'Application', 1]),
    pair(2738, ['added', 'Application', 1]),
    pair(
      2747,
      ['added', 'Group', 3],
      ['added', 'LimitRange', 1],
      ['added', 'Namespace', 1],
      ['added', 'ResourceQuota', 1],
      ['added', 'RoleBinding', 1],
    ),
    pair(2773, ['removed', 'Group', 3]),
    pair(2790, ['added', 'Application', 1]),
    pair(2791, ['changed', 'ClusterRole', 6]),
  ],
};

const flux: Corpus = {
  bundle: 'gitops-flux.bundle',
  prefix: 'flux',
  origin: 'https://github.com/fluxcd/flux2-kustomize-helm-example',
  licence: 'Apache-2.0',
  baseBranch: 'main',
  pairs: [96, 104, 106, 110, 121, 122, 126, 130].map((number) => pair(number)),
};

export const CORPORA: readonly Corpus[] = [argocd, flux];
