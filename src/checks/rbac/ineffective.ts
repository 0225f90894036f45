import { listAt, objectAt, pointer } from '../../model/json.ts';
import { areBuiltin, hasResource, isUnknownVerb } from './builtin.ts';
import type { PlacedRule } from './grants.ts';
import type { Binding, Role } from './object.ts';
import type { Defect } from './policy-rule.ts';
import { RBAC_DOCS, type RbacHit, type RbacRule } from './rule.ts';
import { knowsScopeOf, worksInNamespace } from './scope.ts';
import { listed, quoted } from './wording.ts';

/** What a role or binding says, and Kubernetes does not do. */
export const ineffectiveGrant: RbacRule = {
  id: 'rbac/ineffective-grant',
  alias: 'RB-008',
  title: 'Rules grant what they seem to grant',
  severity: 'info',
  scale: 'info, never blocks',
  enforcement: 'advice',
  why: 'The author believes that it grants something; Kubernetes grants nothing for it, or refuses the object.',
  fix: 'Remove the part that is named here, or write what was meant: subresources by their full name, names that exist, verbs in lower case.',
  references: [RBAC_DOCS],
  takesOver: [],
  hits(object): readonly RbacHit[] {
    const defects = defectsOf(object);
    const [first] = defects;
    if (first === undefined) return [];
    const { kind, name } = object.manifest.id;
    const sentences = [...new Set(defects.map(({ sentence }) => sentence))];
    const facets = [...new Set(defects.map(({ code }) => code))].toSorted();
    const message = `${kind} ${quoted(name)} says what has no effect: ${listed(sentences, '; ')}`;
    return [{ pointer: first.pointer, key: '', facets, atoms: [], message }];
  },
};

function defectsOf(object: Parameters<RbacRule['hits']>[0]): readonly Defect[] {
  if (object.type === 'role')
    return [...object.defects, ...overwritten(object), ...object.rules.flatMap((rule) => deadParts(rule, object))];
  return object.type === 'binding' ? [...object.defects, ...badReference(object)] : [];
}

/** The aggregation controller replaces the rules: https://github.com/kubernetes/kubernetes/tree/master/pkg/controller/clusterroleaggregation */
function overwritten({ manifest, rules }: Role): readonly Defect[] {
  if (rules.length === 0 || listAt(objectAt(manifest.object, 'aggregationRule'), 'clusterRoleSelectors').length === 0)
    return [];
  const sentence = 'its rules are overwritten, because it has an aggregationRule';
  return [{ pointer: pointer('rules'), code: 'rules-overwritten', sentence }];
}

function badReference({ scope, roleRef }: Binding): readonly Defect[] {
  const at = pointer('roleRef');
  if (roleRef.name === '' || !['Role', 'ClusterRole'].includes(roleRef.kind)) {
    return [
      {
        pointer: at,
        code: 'no-role',
        sentence: 'its roleRef names no Role or ClusterRole, so the API server refuses it',
      },
    ];
  }
  if (scope === 'namespace' || roleRef.kind === 'ClusterRole') return [];
  return [
    {
      pointer: at,
      code: 'role-in-cluster',
      sentence: 'a ClusterRoleBinding can only name a ClusterRole, so the API server refuses it',
    },
  ];
}

function deadParts(placed: PlacedRule, role: Role): readonly Defect[] {
  return [...deadResources(placed, role), ...deadNames(placed), ...deadVerbs(placed)];
}

function deadResources({ index, rule }: PlacedRule, { scope }: Role): readonly Defect[] {
  const at = pointer('rules', index, 'resources');
  const groups = [...new Set(rule.apiGroups)];
  const areKnown = areBuiltin(groups);
  return rule.resources.flatMap((resource) => {
    const text = quoted(resource);
    if (resource.endsWith('/*')) {
      return [
        { pointer: at, code: `subresources ${resource}`, sentence: `${text} is no wildcard and grants no subresource` },
      ];
    }
    if (scope === 'namespace' && isDeadInRole(groups, resource, rule.verbs)) {
      return [
        {
          pointer: at,
          code: `cluster-scoped ${resource}`,
          sentence: `${text} has no namespace, so a Role cannot grant it`,
        },
      ];
    }
    if (!areKnown || resource.startsWith('*') || hasResource(groups, resource)) return [];
    return [
      {
        pointer: at,
        code: `unknown ${resource}`,
        sentence: `Kubernetes has no resource ${text} in the API groups of the rule`,
      },
    ];
  });
}

function isDeadInRole(groups: readonly string[], resource: string, verbs: readonly string[]): boolean {
  if (groups.length === 0 || resource === '*' || !knowsScopeOf(groups)) return false;
  return groups.every((group) => !verbs.some((verb) => worksInNamespace({ group, resource, verb })));
}

function deadNames({ index, rule }: PlacedRule): readonly Defect[] {
  const { resourceNames: names, resources, verbs } = rule;
  if (names.length === 0) return [];
  const at = pointer('rules', index, 'resourceNames');
  const star = {
    pointer: at,
    code: 'name-wildcard',
    sentence: '`*` in resourceNames is no wildcard, only an object of that name',
  };
  const nameless = ['create', 'deletecollection'].filter((verb) => verbs.includes(verb));
  const isLimited = !names.includes('') && resources.some((resource) => !resource.includes('/'));
  const dead = (isLimited ? nameless : []).map((verb) => ({
    pointer: at,
    code: `by-name ${verb}`,
    sentence: `${verb} cannot be limited by resourceNames and grants nothing with them`,
  }));
  return names.includes('*') ? [star, ...dead] : dead;
}

function deadVerbs({ index, rule }: PlacedRule): readonly Defect[] {
  if (!areBuiltin([...new Set(rule.apiGroups)])) return [];
  return rule.verbs.filter(isUnknownVerb).map((verb) => ({
    pointer: pointer('rules', index, 'verbs'),
    code: `unknown verb ${verb}`,
    sentence: `Kubernetes has no verb ${quoted(verb)}`,
  }));
}
