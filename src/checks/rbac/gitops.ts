import { isObject, type JsonValue, listAt, objectAt, pointer, textAt, textsAt } from '../../model/json.ts';
import { groupOf, type Manifest } from '../../model/manifest.ts';
import type { Severity } from '../../model/severity.ts';
import { type GrantRow, grantRule } from './grant-rule.ts';
import type { RbacHit, RbacRule } from './rule.ts';
import { isPrivileged } from './scope.ts';
import { anyOf, WRITE } from './target.ts';
import { listed, quoted } from './wording.ts';

const ARGO = 'https://argo-cd.readthedocs.io/en/stable';
const FLUX = 'https://fluxcd.io/flux/components/kustomize/kustomizations/#role-based-access-control';

const ROWS: readonly GrantRow[] = [
  {
    id: 'write-argocd-objects',
    alias: 'RB-110',
    title: 'Objects of Argo CD are written by GitOps alone',
    severity: { cluster: 'critical', namespace: 'high', privileged: 'critical' },
    named: 'medium',
    ways: [[anyOf(`argoproj.io/applications,applicationsets,appprojects:${WRITE}`)]],
    can: 'write what Argo CD deploys, in {place}',
    why: 'Argo CD syncs with rights over the whole cluster unless it is told otherwise, so an Application is whatever its author wants.',
    fix: 'Leave these objects to Git; let teams write Applications only in namespaces of their own, with a project that limits them.',
    references: [`${ARGO}/operator-manual/app-any-namespace/`],
  },
  {
    id: 'write-flux-objects',
    alias: 'RB-118',
    title: 'Objects of Flux are written by GitOps alone',
    severity: { cluster: 'high', namespace: 'high' },
    named: 'medium',
    ways: [
      [
        anyOf(
          `kustomize.toolkit.fluxcd.io/kustomizations:${WRITE}`,
          `helm.toolkit.fluxcd.io/helmreleases:${WRITE}`,
          `source.toolkit.fluxcd.io/gitrepositories,ocirepositories,buckets,helmrepositories,helmcharts:${WRITE}`,
        ),
      ],
    ],
    can: 'write what Flux deploys, in {place}',
    why: 'The controllers of Flux apply it with their own rights unless a service account is named.',
    fix: 'Leave these objects to Git, or enforce a service account for tenants by --default-service-account.',
    references: [FLUX],
  },
];

/** One thing that an object of a GitOps controller lets happen. */
interface Loose {
  readonly pointer: string;
  /** In normal form. */
  readonly facet: string;
  /** After "it". */
  readonly sentence: string;
  readonly severity?: Severity;
}

interface GitopsRow extends Pick<RbacRule, 'alias' | 'title' | 'severity' | 'scale' | 'why' | 'fix' | 'references'> {
  readonly id: string;
  readonly loose: (manifest: Manifest) => readonly Loose[];
}

function gitopsRule({ id, loose, ...row }: GitopsRow): RbacRule {
  return {
    ...row,
    id: `rbac/${id}`,
    enforcement: 'threshold',
    takesOver: [],
    hits: ({ type, manifest }) => (type === 'gitops' ? hitsIn(manifest, loose(manifest)) : []),
  };
}

/** What is loose to a different degree is told apart, so that a waiver or a base with less does not hide more. */
function hitsIn({ id }: Manifest, found: readonly Loose[]): readonly RbacHit[] {
  return [...Map.groupBy(found, ({ severity }) => severity)].flatMap(([severity, some]) => {
    const [first] = some;
    if (first === undefined) return [];
    const facets = [...new Set(some.map(({ facet }) => facet))].toSorted();
    const message = `${id.kind} ${quoted(id.name)}: ${listed(
      some.map(({ sentence }) => sentence),
      '; ',
    )}`;
    const more = severity === undefined ? {} : { severity };
    return [{ pointer: first.pointer, key: severity ?? '', facets, atoms: [], message, ...more }];
  });
}

function isOf({ id }: Manifest, group: string, ...kinds: readonly string[]): boolean {
  return groupOf(id.apiVersion) === group && kinds.includes(id.kind);
}

function specOf({ object }: Manifest): ReturnType<typeof objectAt> {
  return objectAt(object, 'spec');
}

/** Matches whatever there is: `*`, `**`, and the regular expressions that do. */
function isAny(pattern: string): boolean {
  return /^(?:\*+|\/\.[*+]\/)$/.test(pattern);
}

function looseProject(manifest: Manifest): readonly Loose[] {
  if (!isOf(manifest, 'argoproj.io', 'AppProject')) return [];
  const spec = specOf(manifest);
  const at = (field: string): string => pointer('spec', field);
  const repos = textsAt(spec, 'sourceRepos').filter(isAny);
  const places = listAt(spec, 'destinations').filter((one) => isAny(textAt(one, 'namespace')) || isAnyServer(one));
  const kinds = listAt(spec, 'clusterResourceWhitelist').filter((one) => isAny(textAt(one, 'kind')));
  const namespaces = textsAt(spec, 'sourceNamespaces').filter((one) => /[*?[]|^\/.*\/$/.test(one));
  return [
    ...repos.map(() => ({ pointer: at('sourceRepos'), facet: 'repos', sentence: 'takes content of every repository' })),
    ...places.map((one) => ({
      pointer: at('destinations'),
      facet: `to ${textAt(one, 'server')} ${textAt(one, 'name')} ${textAt(one, 'namespace')}`,
      sentence: `deploys to ${isAny(textAt(one, 'namespace')) ? 'every namespace' : 'every cluster'}`,
    })),
    ...kinds.map((one) => ({
      pointer: at('clusterResourceWhitelist'),
      facet: `kinds ${textAt(one, 'group')}`,
      sentence: `brings every kind without a namespace of the API group ${quoted(textAt(one, 'group'))}`,
    })),
    ...namespaces.map((one) => ({
      pointer: at('sourceNamespaces'),
      facet: `from ${one}`,
      sentence: `takes Applications from namespaces like ${quoted(one)}`,
    })),
  ];
}

function isAnyServer(destination: JsonValue): boolean {
  return isAny(textAt(destination, 'server')) || isAny(textAt(destination, 'name'));
}

function escapes(manifest: Manifest): readonly Loose[] {
  if (!isOf(manifest, 'argoproj.io', 'Application')) return [];
  const spec = specOf(manifest);
  const namespace = textAt(objectAt(spec, 'destination'), 'namespace');
  const isDefault = ['', 'default'].includes(textAt(spec, 'project'));
  return [
    ...(isPrivileged(namespace)
      ? [
          {
            pointer: pointer('spec', 'destination', 'namespace'),
            facet: `to ${namespace}`,
            sentence: `deploys into namespace ${quoted(namespace)}, whose objects rule the cluster`,
          },
        ]
      : []),
    ...(isDefault
      ? [
          {
            pointer: pointer('spec', 'project'),
            facet: 'project default',
            sentence: 'is of the project `default`, which limits nothing',
            severity: 'low' as const,
          },
        ]
      : []),
  ];
}

/** `p, subject, resource, action, object, effect`, a line each: https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/ */
function looseLine(line: string): string | undefined {
  const [kind, who, resource, action, object, effect = 'allow'] = line.split(',').map((word) => word.trim());
  if (kind !== 'p' || who === undefined || effect !== 'allow') return undefined;
  if (resource === '*' && action === '*') return `${quoted(who)} may do everything`;
  if (resource === 'exec') return `${quoted(who)} may run commands in pods of ${quoted(object ?? '')}`;
  return undefined;
}

function looseArgoRbac(manifest: Manifest): readonly Loose[] {
  const { id, object } = manifest;
  if (!isOf(manifest, '', 'ConfigMap')) return [];
  const data = objectAt(object, 'data');
  const at = (key: string): string => pointer('data', key);
  if (id.name === 'argocd-cm' && textAt(data, 'exec.enabled') === 'true')
    return [{ pointer: at('exec.enabled'), facet: 'exec', sentence: 'terminals in pods are switched on' }];
  if (id.name !== 'argocd-rbac-cm') return [];
  const standard = textAt(data, 'policy.default');
  const files = Object.keys(data).filter((key) => /^policy\.(?:.*\.)?csv$/.test(key));
  const lines = files.flatMap((key) =>
    textAt(data, key)
      .split('\n')
      .map((line) => ({ key, line })),
  );
  const admin = {
    pointer: at('policy.default'),
    facet: `default ${standard}`,
    sentence: 'everybody with a login is admin',
  };
  return [
    ...(standard === 'role:admin' ? [admin] : []),
    ...lines.flatMap(({ key, line }) => {
      const sentence = looseLine(line);
      return sentence === undefined ? [] : [{ pointer: at(key), facet: line.replace(/\s/g, ''), sentence }];
    }),
  ];
}

function impersonation(manifest: Manifest): readonly Loose[] {
  if (isOf(manifest, '', 'ConfigMap') && ['argocd-cm', 'argocd-cmd-params-cm'].includes(manifest.id.name)) {
    const key = 'application.sync.impersonation.enabled';
    if (textAt(objectAt(manifest.object, 'data'), key) !== 'false') return [];
    return [
      { pointer: pointer('data', key), facet: 'off', sentence: 'every sync runs with the rights of Argo CD itself' },
    ];
  }
  if (!isOf(manifest, 'argoproj.io', 'AppProject')) return [];
  return listAt(specOf(manifest), 'destinationServiceAccounts').flatMap((one, index) => {
    const account = textAt(one, 'defaultServiceAccount');
    const where = [textAt(one, 'server'), textAt(one, 'namespace')];
    return [
      {
        pointer: pointer('spec', 'destinationServiceAccounts', index),
        facet: [...where, account].join(' '),
        sentence: `syncs to ${where.map(quoted).join(' ')} run as service account ${quoted(account)}`,
      },
    ];
  });
}

const FLUX_APPS: readonly (readonly [group: string, kind: string])[] = [
  ['kustomize.toolkit.fluxcd.io', 'Kustomization'],
  ['helm.toolkit.fluxcd.io', 'HelmRelease'],
];

function isFluxApp(manifest: Manifest): boolean {
  return FLUX_APPS.some(([group, kind]) => isOf(manifest, group, kind));
}

function withoutAccount(manifest: Manifest): readonly Loose[] {
  const spec = specOf(manifest);
  // With a kubeconfig, the rights are those of that cluster's credential.
  if (!isFluxApp(manifest) || textAt(spec, 'serviceAccountName') !== '' || isObject(spec['kubeConfig'])) return [];
  const sentence = 'it names no service account, so it is applied with the rights of the controller';
  return [{ pointer: pointer('spec'), facet: 'no account', sentence }];
}

function foreignSource(manifest: Manifest): readonly Loose[] {
  if (!isFluxApp(manifest)) return [];
  const spec = specOf(manifest);
  const places: readonly (readonly [JsonValue | undefined, string])[] = [
    [spec['sourceRef'], pointer('spec', 'sourceRef')],
    [spec['chartRef'], pointer('spec', 'chartRef')],
    [objectAt(objectAt(spec, 'chart'), 'spec')['sourceRef'], pointer('spec', 'chart', 'spec', 'sourceRef')],
  ];
  return places.flatMap(([reference, at]) => {
    const namespace = textAt(reference, 'namespace');
    if (namespace === '' || namespace === manifest.id.namespace) return [];
    const sentence = `its content comes from a source in namespace ${quoted(namespace)}`;
    return [{ pointer: `${at}/namespace`, facet: `${namespace}/${textAt(reference, 'name')}`, sentence }];
  });
}

const OBJECTS: readonly GitopsRow[] = [
  {
    id: 'permissive-project',
    alias: 'RB-111',
    title: 'Projects of Argo CD limit something',
    severity: 'high',
    scale: 'high',
    why: 'Whoever writes an Application of the project decides then what runs where.',
    fix: 'Name repositories, clusters, namespaces and kinds.',
    references: [`${ARGO}/user-guide/projects/`, `${ARGO}/operator-manual/app-any-namespace/`],
    loose: looseProject,
  },
  {
    id: 'application-escapes',
    alias: 'RB-112',
    title: 'Applications stay in their own project and namespace',
    severity: 'high',
    scale: 'high where it deploys into a privileged namespace, low for the project default',
    why: 'What it deploys may take over the controller, or goes wherever it likes.',
    fix: 'Give it a project of its own that names its destinations.',
    references: [`${ARGO}/user-guide/projects/`],
    loose: escapes,
  },
  {
    id: 'argocd-rbac',
    alias: 'RB-113',
    title: 'Logins of Argo CD may do little',
    severity: 'high',
    scale: 'high',
    why: 'Argo CD acts for its users with its own rights over the cluster.',
    fix: 'Use role:readonly or nothing as the default, name resources and actions, and leave exec off.',
    references: [`${ARGO}/operator-manual/rbac/`],
    loose: looseArgoRbac,
  },
  {
    id: 'argocd-impersonation',
    alias: 'RB-114',
    title: 'The rights with which Argo CD syncs are reviewed',
    severity: 'high',
    scale: 'high',
    why: 'It decides with whose rights a sync runs.',
    fix: 'Switch impersonation on, and name an account that may do no more than the destination needs.',
    references: [`${ARGO}/operator-manual/app-sync-using-impersonation/`],
    loose: impersonation,
  },
  {
    id: 'flux-without-account',
    alias: 'RB-115',
    title: 'Flux applies with the rights of a service account',
    severity: 'medium',
    scale: 'medium: a controller with --default-service-account may limit it, which no manifest shows',
    why: 'The controllers of Flux are cluster-admin unless an account is named.',
    fix: 'Name `spec.serviceAccountName`, or set --default-service-account on the controllers and accept this by a waiver.',
    references: [FLUX],
    loose: withoutAccount,
  },
  {
    id: 'flux-foreign-source',
    alias: 'RB-117',
    title: 'Flux takes content from its own namespace',
    severity: 'medium',
    scale: 'medium: a controller with --no-cross-namespace-refs refuses it, which no manifest shows',
    why: 'Whoever may write the source in the other namespace decides what is applied here.',
    fix: 'Declare the source in the namespace of the object that uses it.',
    references: ['https://fluxcd.io/flux/installation/configuration/multitenancy/'],
    loose: foreignSource,
  },
];

/** What roles give over the objects of the controllers. */
export const gitopsGrants: readonly RbacRule[] = ROWS.map(grantRule);
/** What those objects themselves say. */
export const gitops: readonly RbacRule[] = OBJECTS.map(gitopsRule);
