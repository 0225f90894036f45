import type { Manifest } from '../../model/manifest.ts';
import { looseArgoRbac, looseRoles } from './argocd-facts.ts';
import { escapes, foreignSource, impersonation, type Loose, looseProject, withoutAccount } from './gitops-facts.ts';
import { type GrantRow, grantRule } from './grant-rule.ts';
import type { RbacHit, RbacRule } from './rule.ts';
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
      [...new Set(some.map(({ sentence }) => sentence))],
      '; ',
    )}`;
    const more = severity === undefined ? {} : { severity };
    return [{ pointer: first.pointer, key: severity ?? '', facets, atoms: [], message, ...more }];
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
    scale:
      'high for everything, commands in pods, manifests of no repository, projects, clusters, other accounts, Applications of any project, and logins without a name; medium for Applications of one project, repositories, keys, deleting, and roles of projects; low for syncs, actions, logs and extensions; a role is as severe as what it may do',
    why: 'Argo CD acts for its users with its own rights over the cluster.',
    fix: 'Use role:readonly or nothing as the default, name resources and actions, and leave exec off.',
    references: [`${ARGO}/operator-manual/rbac/`],
    loose: looseArgoRbac,
  },
  {
    id: 'argocd-project-roles',
    alias: 'RB-113',
    title: 'Roles of projects may do little',
    severity: 'high',
    scale:
      'high for commands in pods, manifests of no repository and clusters, medium for writing and deleting Applications, repositories and keys, low for syncs, actions and logs; groups and tokens are as severe as the role they have',
    why: 'Argo CD acts for whoever has the role with its own rights, and what is done that way was in no pull request.',
    fix: 'Let roles read and sync what is in Git; leave out exec, override, create and update, and name Applications.',
    references: [`${ARGO}/user-guide/projects/#project-roles`, `${ARGO}/operator-manual/rbac/`],
    loose: looseRoles,
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

/** Of AppProjects it is seen over all objects of their cluster: src/checks/rbac/accounts/projects.ts. */
const IMPERSONATION: GitopsRow = {
  id: 'argocd-impersonation',
  alias: 'RB-114',
  title: 'The rights with which Argo CD syncs are reviewed',
  severity: 'high',
  scale:
    'high where syncs run with the rights of Argo CD itself, with rights outside of the namespace they deploy to, or with rights that no binding here says; info and advice where the rights end there',
  why: 'It decides with whose rights a sync runs.',
  fix: 'Switch impersonation on, and name an account that may do no more than the destination needs.',
  references: [`${ARGO}/operator-manual/app-sync-using-impersonation/`],
  loose: impersonation,
};

export const argocdImpersonation: RbacRule = gitopsRule(IMPERSONATION);

/** What roles give over the objects of the controllers. */
export const gitopsGrants: readonly RbacRule[] = ROWS.map(grantRule);
/** What those objects themselves say. */
export const gitops: readonly RbacRule[] = [...OBJECTS.map(gitopsRule), argocdImpersonation];
