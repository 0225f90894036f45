import type { Problem } from '../../../model/finding.ts';
import { pointer } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { NotCounted } from '../../check.ts';
import { type Binding, readObjects } from '../object.ts';
import { RBAC_DOCS, type RbacRule } from '../rule.ts';
import { isMadeName } from '../operators/made.ts';
import { listed, quoted } from '../wording.ts';
import { BUILT_IN, type IsChanged, objectKey } from './cause.ts';
import type { ClusterRights } from './cluster.ts';

export const danglingReference: RbacRule = {
  id: 'rbac/dangling-reference',
  alias: 'RB-086',
  title: 'Bindings name roles that are there',
  severity: 'medium',
  scale:
    'medium; blocks where the role may be in an app of the cluster that could not be counted, because nobody knows then what is given',
  enforcement: 'threshold',
  why: 'Whoever creates a role of that name decides what the subjects may do.',
  fix: 'Create the role in this repository, or remove the binding.',
  references: [RBAC_DOCS],
  takesOver: [],
  hits: () => [],
};

export const roleRefChanged: RbacRule = {
  id: 'rbac/role-ref-changed',
  alias: 'RB-088',
  title: 'A binding keeps its role',
  severity: 'info',
  scale: 'info, never blocks',
  enforcement: 'advice',
  why: 'roleRef cannot be changed, so the API server refuses the object until the binding is deleted.',
  fix: 'Give the binding with the other role a new name.',
  references: [`${RBAC_DOCS}#clusterrolebinding-example`],
  takesOver: [],
  hits: () => [],
};

function toProblem(rule: RbacRule, { app, id }: Manifest, said: Pick<Problem, 'side' | 'facets' | 'message'>): Problem {
  const { alias, severity, enforcement, why, fix } = rule;
  const at = { app, object: id, pointer: pointer('roleRef'), key: '' };
  return { rule: rule.id, alias, severity, enforcement, why, fix, ...at, ...said };
}

interface Touching {
  readonly touched: ReadonlySet<string>;
  readonly notCounted: readonly NotCounted[];
}

/** Of bindings that the change touches, and of those that lose their role by it. Operators bring roles of their own. */
export function danglingProblems(
  before: ClusterRights,
  after: ClusterRights,
  { touched, notCounted }: Touching,
): readonly Problem[] {
  const was = new Set(before.dangling.map(danglingKey));
  const isSaid = (binding: Binding): boolean =>
    !isMadeName(binding.roleRef.name) && (touched.has(binding.manifest.app) || !was.has(danglingKey(binding)));
  const inBase = before.dangling.filter(
    ({ manifest, roleRef }) => touched.has(manifest.app) && !isMadeName(roleRef.name),
  );
  return [
    ...inBase.map((binding) => dangling(binding, 'base', notCounted)),
    ...after.dangling.filter(isSaid).map((binding) => dangling(binding, 'merged', notCounted)),
  ].filter(({ app }) => app !== BUILT_IN);
}

function danglingKey({ manifest, roleRef }: Binding): string {
  return [objectKey(manifest), roleRef.kind, roleRef.name].join('\u0000');
}

/** Among whom it is looked for: apps that name no cluster are judged together, apart. */
function neighboursOf({ cluster }: Pick<Manifest, 'cluster'>): string {
  return cluster === '' ? 'that name no cluster, as its own' : 'of its cluster';
}

/** Why it blocks, whatever its severity. */
const UNKNOWN =
  'The role may be in one of the apps that could not be rendered: nobody knows then what is given. What could not be checked is never green.';

function dangling({ manifest, roleRef }: Binding, side: Problem['side'], notCounted: readonly NotCounted[]): Problem {
  const { kind, name } = manifest.id;
  const missing = [...new Set(notCounted.filter((one) => one.side === side).map(({ app }) => app))].toSorted();
  const facets = [`${roleRef.kind}/${roleRef.name}`];
  const what = `${kind} ${quoted(name)} names ${quoted(roleRef.kind)} ${quoted(roleRef.name)}, which is in none of the apps ${neighboursOf(manifest)}`;
  if (missing.length === 0) return toProblem(danglingReference, manifest, { side, facets, message: what });
  const message = `${what} that could be rendered; not counted: ${listed(missing.map(quoted))}`;
  return {
    ...toProblem(danglingReference, manifest, { side, facets, message }),
    enforcement: 'required',
    why: UNKNOWN,
  };
}

function bindingsOf(manifests: readonly Manifest[]): readonly Binding[] {
  return manifests
    .filter(({ app }) => app !== BUILT_IN)
    .flatMap(readObjects)
    .filter((one) => one.type === 'binding');
}

export function roleRefProblems(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  isNew: IsChanged,
): readonly Problem[] {
  const fresh = bindingsOf(merged.filter(isNew));
  if (fresh.length === 0) return [];
  const before = new Map(bindingsOf(base).map((binding) => [objectKey(binding.manifest), binding.roleRef]));
  return fresh.flatMap(({ manifest, roleRef: { kind, name } }) => {
    const was = before.get(objectKey(manifest));
    if (was === undefined || (was.kind === kind && was.name === name)) return [];
    const { id } = manifest;
    const message = `${id.kind} ${quoted(id.name)} named ${quoted(was.kind)} ${quoted(was.name)} and now names ${quoted(kind)} ${quoted(name)}`;
    return [
      toProblem(roleRefChanged, manifest, {
        side: 'merged',
        facets: [`${was.kind}/${was.name}`, `${kind}/${name}`],
        message,
      }),
    ];
  });
}
