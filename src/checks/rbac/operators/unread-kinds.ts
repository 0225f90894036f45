import { type JsonObject, listAt, objectAt, textAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';

/** What hands out rights in a way that is not read: why, after "its". */
interface Unread {
  readonly group: string;
  readonly kinds: readonly string[];
  readonly why: string;
  /** Does the object hand out rights at all? */
  readonly gives?: (object: JsonObject) => boolean;
}

const TEMPLATES = 'rights are templates that the operator fills in';
const ELSEWHERE = 'rights are given in other clusters';
const RBAC_KINDS = /"kind":"(?:Cluster)?Role(?:Binding)?"|(?:^|\\n)\s*kind: *"?(?:Cluster)?Role(?:Binding)?/;

function namesRbac(object: JsonObject): boolean {
  return RBAC_KINDS.test(JSON.stringify(object['spec'] ?? null));
}

function generatesRbac(object: JsonObject): boolean {
  return listAt(objectAt(object, 'spec'), 'rules').some((rule) => {
    const text = JSON.stringify(objectAt(rule, 'generate'));
    return /"kind":"(?:Cluster)?Role(?:Binding)?"/.test(text);
  });
}

function isOfAnotherCluster(object: JsonObject): boolean {
  const project = textAt(object, 'projectName');
  return textAt(object, 'clusterName') !== 'local' && !project.startsWith('local:');
}

const KINDS: readonly Unread[] = [
  // https://github.com/redhat-cop/namespace-configuration-operator
  {
    group: 'redhatcop.redhat.io',
    kinds: ['NamespaceConfig', 'GroupConfig', 'UserConfig'],
    why: TEMPLATES,
    gives: namesRbac,
  },
  // https://kyverno.io/docs/policy-types/cluster-policy/generate/
  {
    group: 'kyverno.io',
    kinds: ['ClusterPolicy', 'Policy'],
    why: 'rules generate roles or bindings',
    gives: generatesRbac,
  },
  // https://github.com/kubernetes-retired/hierarchical-namespaces/blob/master/docs/user-guide/concepts.md
  {
    group: 'hnc.x-k8s.io',
    kinds: ['HierarchyConfiguration', 'SubnamespaceAnchor'],
    why: 'namespace takes over the bindings of its parent',
  },
  // https://open-cluster-management.io/docs/concepts/work-distribution/manifestwork/
  {
    group: 'work.open-cluster-management.io',
    kinds: ['ManifestWork', 'ManifestWorkReplicaSet'],
    why: ELSEWHERE,
    gives: namesRbac,
  },
  // https://github.com/open-cluster-management-io/cluster-permission
  {
    group: 'rbac.open-cluster-management.io',
    kinds: ['ClusterPermission', 'MulticlusterRoleAssignment'],
    why: ELSEWHERE,
  },
  // https://projectsveltos.github.io/sveltos/main/features/multi-tenancy-sharing-cluster/
  { group: 'lib.projectsveltos.io', kinds: ['RoleRequest'], why: ELSEWHERE },
  // https://ranchermanager.docs.rancher.com/how-to-guides/new-user-guides/authentication-permissions-and-global-configuration/manage-role-based-access-control-rbac
  {
    group: 'management.cattle.io',
    kinds: ['ClusterRoleTemplateBinding', 'ProjectRoleTemplateBinding'],
    why: ELSEWHERE,
    gives: isOfAnotherCluster,
  },
  {
    group: 'management.cattle.io',
    kinds: ['RoleTemplate'],
    why: 'rights are those of other templates too',
    gives: (object) => listAt(object, 'roleTemplateNames').length > 0,
  },
  {
    group: 'management.cattle.io',
    kinds: ['GlobalRole'],
    why: 'rights in other clusters are those of templates',
    gives: (object) => listAt(object, 'inheritedClusterRoles').length > 0,
  },
];

export function unreadIn({ id, object }: Manifest): string | undefined {
  const group = groupOf(id.apiVersion);
  return KINDS.find((row) => row.group === group && row.kinds.includes(id.kind) && row.gives?.(object) !== false)?.why;
}
