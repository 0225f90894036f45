import {
  canonicalJson,
  isObject,
  type JsonObject,
  type JsonValue,
  listAt,
  objectAt,
  pointer,
  textAt,
  textsAt,
} from '../../model/json.ts';
import { type Atom, atomsOf } from '../../model/rbac.ts';
import { facetOf } from './facet.ts';
import type { RbacObject, Role } from './object.ts';
import { RBAC_DOCS, type RbacHit, type RbacRule } from './rule.ts';
import { grantsText, quoted } from './wording.ts';

const AGGREGATION = [`${RBAC_DOCS}#aggregated-clusterroles`];
const LABEL = 'rbac.authorization.k8s.io/aggregate-to-';
const BUILT_IN: ReadonlySet<string> = new Set(['admin', 'edit', 'view', 'cluster-admin']);

/** More atoms than any written role has; above it a role is compared as a whole. */
const MAX_ATOMS = 4_096;

/** What the role gives, as facets; wildcards as written. */
function ruleFacets({ rules, manifest }: Role): readonly string[] {
  const facets = new Set<string>();
  for (const { rule } of rules) {
    for (const atom of atomsOf(rule)) {
      facets.add(facetOf(atom));
      if (facets.size > MAX_ATOMS) return [canonicalJson(manifest.object['rules'] ?? null)];
    }
  }
  return [...facets].toSorted();
}

/** Enough for a sentence, and no more: the product of a hostile rule has no end. */
const SOME_ATOMS = 24;

function gist({ rules }: Role): string {
  const some: Atom[] = [];
  for (const { rule } of rules) {
    for (const atom of atomsOf(rule)) {
      if (some.length === SOME_ATOMS) return grantsText(some);
      some.push(atom);
    }
  }
  return some.length === 0 ? 'what it aggregates' : grantsText(some);
}

function isClusterRole(object: RbacObject): object is Role {
  return object.type === 'role' && object.scope === 'cluster';
}

/** One hit for each role that is widened. */
function widened(role: Role): readonly RbacHit[] {
  const labels = objectAt(objectAt(role.manifest.object, 'metadata'), 'labels');
  const aggregates = role.rules.length > 0 || isObject(role.manifest.object['aggregationRule']);
  const keys = Object.keys(labels).filter(
    (key) => key.startsWith(LABEL) && (labels[key] === 'true' || labels[key] === true),
  );
  return (aggregates ? keys : []).map((label) => {
    const target = quoted(label.slice(LABEL.length));
    const message = `ClusterRole ${quoted(role.manifest.id.name)} widens ClusterRole ${target} for everybody bound to it: ${gist(role)}`;
    return {
      pointer: pointer('metadata', 'labels', label),
      key: label,
      facets: ['label', ...ruleFacets(role)],
      atoms: [],
      message,
    };
  });
}

export const aggregationLabel: RbacRule = {
  id: 'rbac/aggregation-label',
  alias: 'RB-014',
  title: 'Built-in roles are not widened by labels',
  severity: 'high',
  scale: 'high',
  enforcement: 'threshold',
  why: 'Everybody who is bound to view, edit or admin silently gets the rules of this role too.',
  fix: 'Remove the label, or split the role so that only harmless rules carry it.',
  references: AGGREGATION,
  takesOver: [],
  hits: (object) => (isClusterRole(object) ? widened(object) : []),
};

/** Labels that many roles carry for reasons of their own: bootstrapping selects cluster-admin itself. */
const SHARED: ReadonlySet<string> = new Set([
  'kubernetes.io/bootstrapping',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/component',
  'olm.managed',
]);

/** A selector is narrow if some requirement asks for a label that roles only carry on purpose. */
function isNarrow(selector: JsonValue): boolean {
  const byLabel = Object.keys(objectAt(selector, 'matchLabels'));
  const positive = listAt(selector, 'matchExpressions').filter((each) =>
    ['In', 'Exists'].includes(textAt(each, 'operator')),
  );
  return [...byLabel, ...positive.map((each) => textAt(each, 'key'))].some((key) => key !== '' && !SHARED.has(key));
}

/** Equal for selectors that differ in the order of their parts only. */
function selectorFacet(selector: JsonValue): string {
  const expressions = listAt(selector, 'matchExpressions').map((each) =>
    canonicalJson({
      key: textAt(each, 'key'),
      operator: textAt(each, 'operator'),
      values: [...textsAt(each, 'values')].toSorted(),
    }),
  );
  return canonicalJson({
    labels: objectAt(selector, 'matchLabels'),
    expressions: [...new Set(expressions)].toSorted(),
  });
}

function selectorHits(role: Role, wanted: 'narrow' | 'broad'): readonly RbacHit[] {
  const rule: JsonObject = objectAt(role.manifest.object, 'aggregationRule');
  const found = listAt(rule, 'clusterRoleSelectors')
    .map((selector, index) => ({ selector, index }))
    .filter(({ selector }) => isNarrow(selector) === (wanted === 'narrow'));
  const [first] = found;
  if (first === undefined) return [];
  const what = wanted === 'narrow' ? 'every ClusterRole with a certain label' : 'nearly every ClusterRole';
  const message = `ClusterRole ${quoted(role.manifest.id.name)} takes over the rules of ${what}`;
  const facets = [...new Set(found.map(({ selector }) => selectorFacet(selector)))].toSorted();
  return [
    { pointer: pointer('aggregationRule', 'clusterRoleSelectors', first.index), key: '', facets, atoms: [], message },
  ];
}

const SELECTORS = {
  alias: 'RB-015',
  enforcement: 'threshold',
  why: 'Its rules then come from labels that anyone who writes a ClusterRole can set.',
  fix: 'Select by exact `matchLabels` with a label prefix of your own.',
  references: AGGREGATION,
  takesOver: [],
} as const;

export const broadAggregation: RbacRule = {
  ...SELECTORS,
  id: 'rbac/aggregation-rule-broad',
  title: 'Aggregation does not select every role',
  severity: 'critical',
  scale: 'critical where a selector is empty, only excludes, or asks for labels that many roles carry',
  hits: (object) => (isClusterRole(object) ? selectorHits(object, 'broad') : []),
};

export const aggregation: RbacRule = {
  ...SELECTORS,
  id: 'rbac/aggregation-rule',
  title: 'Aggregation is a decision',
  severity: 'medium',
  scale: 'medium',
  hits: (object) => (isClusterRole(object) ? selectorHits(object, 'narrow') : []),
};

export const builtinOverride: RbacRule = {
  id: 'rbac/builtin-role-override',
  alias: 'RB-089',
  title: 'Built-in roles are left alone',
  severity: 'high',
  scale: 'high',
  enforcement: 'threshold',
  why: 'It changes what everybody who is bound to the role has, and is reverted when the API server starts.',
  fix: 'Give the role a name of its own, without the prefix `system:`.',
  references: [`${RBAC_DOCS}#default-roles-and-role-bindings`],
  takesOver: [],
  hits(object): readonly RbacHit[] {
    const { name } = object.manifest.id;
    if (!isClusterRole(object) || !(BUILT_IN.has(name) || name.startsWith('system:'))) return [];
    const message = `ClusterRole ${quoted(name)} replaces the built-in role of that name: ${gist(object)}`;
    return [
      { pointer: pointer('metadata', 'name'), key: '', facets: ['name', ...ruleFacets(object)], atoms: [], message },
    ];
  },
};
