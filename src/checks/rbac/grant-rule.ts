import { pointer } from '../../model/json.ts';
import type { Atom } from '../../model/rbac.ts';
import { reaches, SEVERITIES, type Severity } from '../../model/severity.ts';
import { facetOf } from './facet.ts';
import { type Granted, grantedBy } from './grants.ts';
import type { Role } from './object.ts';
import { type Context, GOOD_PRACTICES, type RbacHit, type RbacRule } from './rule.ts';
import { isPrivileged, type NamedNamespace, worksInNamespace } from './scope.ts';
import type { Need, Target, Way } from './target.ts';
import { grantsText, holderOf, placeOf } from './wording.ts';

/** One row of the catalogue that looks at what a Role or ClusterRole gives. */
export interface GrantRow {
  readonly id: string;
  readonly alias: string;
  readonly title: string;
  /** In a ClusterRole, in a Role, in a Role of a privileged namespace (as in any Role where absent). No word: not reported there. */
  readonly severity: { readonly cluster?: Severity; readonly namespace?: Severity; readonly privileged?: Severity };
  /** Where resourceNames limit the first need; `low` where absent. */
  readonly named?: Severity | ((names: readonly string[]) => Severity);
  /** Any of these suffices. The first need of a way decides whether a grant is limited to names. */
  readonly ways: readonly Way[];
  /** After "can"; `{place}` becomes where. */
  readonly can: string;
  /** The same for named objects; where absent, a few words more say that it is limited. */
  readonly canNamed?: string;
  readonly why: string;
  readonly fix: string;
  readonly references?: readonly string[];
  readonly takesOver?: RbacRule['takesOver'];
  /** The only namespaces in which a Role without names is reported. */
  readonly onlyIn?: readonly NamedNamespace[];
}

export function grantRule(row: GrantRow): RbacRule {
  const { alias, title, why, fix } = row;
  return {
    id: `rbac/${row.id}`,
    alias,
    title,
    why,
    fix,
    enforcement: 'threshold',
    scale: scaleOf(row),
    severity: SEVERITIES.find((severity) => Object.values(row.severity).includes(severity)) ?? 'info',
    references: row.references ?? [GOOD_PRACTICES],
    takesOver: row.takesOver ?? [],
    hits: (object, context) => (object.type === 'role' ? hitsIn(object, row, context) : []),
  };
}

function scaleOf({ severity, named, onlyIn }: GrantRow): string {
  const { cluster, namespace, privileged } = severity;
  const limited = typeof named === 'function' ? 'depends on them' : (named ?? 'low');
  const scale = [
    cluster === undefined ? [] : [`${cluster} in a ClusterRole`],
    namespace === undefined ? [] : [`${namespace} in a Role${onlyIn === undefined ? '' : ` of ${onlyIn.join(', ')}`}`],
    privileged === undefined ? [] : [`${privileged} in a Role of a privileged namespace`],
    [`with resourceNames ${limited}`],
  ];
  return scale.flat().join(', ');
}

function hitsIn(role: Role, row: GrantRow, context: Context): readonly RbacHit[] {
  const severity = severityIn(role, row);
  if (severity === undefined) return [];
  const met = row.ways.flatMap((way) => meet(role, way, context) ?? []);
  const free = met.flatMap(({ open, others }) => {
    const reported = open.filter(({ atom }) => isReported(role, row, atom));
    return reported.length > 0 ? [...reported, ...others] : [];
  });
  const limited = met.flatMap(({ byName, others }) => (byName.length > 0 ? [...byName, ...others] : []));
  return [
    ...(free.length > 0 ? [toHit(role, row, free, { key: '', severity })] : []),
    ...(limited.length > 0
      ? [toHit(role, row, limited, { key: 'named', severity: milder(namedSeverity(row, limited), severity) })]
      : []),
  ];
}

function severityIn({ scope, manifest }: Role, { severity }: GrantRow): Severity | undefined {
  if (scope === 'cluster') return severity.cluster;
  return isPrivileged(manifest.id.namespace) ? (severity.privileged ?? severity.namespace) : severity.namespace;
}

function isReported({ scope, manifest }: Role, { onlyIn }: GrantRow, atom: Atom): boolean {
  const isNamed = 'name' in atom && atom.name !== undefined;
  return isNamed || scope === 'cluster' || onlyIn === undefined || onlyIn.some((one) => one === manifest.id.namespace);
}

interface Met {
  /** What the first need got without limit, and what it got by name. */
  readonly open: readonly Granted[];
  readonly byName: readonly Granted[];
  readonly others: readonly Granted[];
}

function meet(role: Role, [first, ...rest]: Way, context: Context): Met | undefined {
  if (first === undefined) return undefined;
  const found = grantedFor(role, first, context);
  if (found.length === 0) return undefined;
  const others = rest.map((need) => grantedFor(role, need, context));
  if (others.some((granted) => granted.length === 0)) return undefined;
  const { open = [], byName = [] } = Object.groupBy(found, ({ atom }) => (isLimited(atom, first) ? 'byName' : 'open'));
  return { open, byName, others: others.flat() };
}

function isLimited(atom: Atom, { names }: Need): boolean {
  return names === undefined && 'name' in atom && atom.name !== undefined;
}

function grantedFor(role: Role, { targets, names }: Need, { minor }: Context): readonly Granted[] {
  const found = targets
    .filter((target) => isOfVersion(target, minor))
    .flatMap((target) => grantedBy(role.grants, target));
  return found.filter(({ atom }) => {
    if ('url' in atom) return false;
    if (names !== undefined && atom.name !== undefined && !names.includes(atom.name)) return false;
    return role.scope === 'cluster' || worksInNamespace(atom);
  });
}

function isOfVersion({ before }: Target, minor: number | undefined): boolean {
  return before === undefined || minor === undefined || minor < before;
}

function namedSeverity({ named }: GrantRow, granted: readonly Granted[]): Severity {
  if (typeof named !== 'function') return named ?? 'low';
  return named(granted.flatMap(({ atom }) => ('name' in atom && atom.name !== undefined ? [atom.name] : [])));
}

function milder(left: Severity, right: Severity): Severity {
  return reaches(left, right) ? right : left;
}

function toHit(
  role: Role,
  row: GrantRow,
  granted: readonly Granted[],
  hit: Pick<RbacHit, 'key'> & { severity: Severity },
): RbacHit {
  const { facets, atoms } = normal(granted.map(({ atom }) => atom));
  const first = granted.reduce((least, { index }) => Math.min(least, index), Number.POSITIVE_INFINITY);
  const message = `${holderOf(role)} can ${canText(row, hit.key).replace('{place}', () => placeOf(role))}: ${grantsText(atoms)}`;
  return { ...hit, pointer: pointer('rules', first, 'verbs'), facets, atoms, message };
}

function canText({ can, canNamed }: GrantRow, key: string): string {
  return key === 'named' ? (canNamed ?? `${can}, limited to named objects`) : can;
}

/** Each atom once; the first mention decides the order of the message, the facets are sorted. */
export function normal(atoms: readonly Atom[]): Pick<RbacHit, 'facets' | 'atoms'> {
  const unique = new Map(atoms.map((atom) => [facetOf(atom), atom]));
  return { facets: [...unique.keys()].toSorted(), atoms: [...unique.values()] };
}
