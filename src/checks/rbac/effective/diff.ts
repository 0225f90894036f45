import { type Atom, atomsOf } from '../../../model/rbac.ts';
import { facetOf } from '../facet.ts';
import { worksInNamespace } from '../scope.ts';
import type { Subject } from '../subject.ts';
import { type ClusterRights, type Held, type HeldRule, type Holding } from './cluster.ts';
import { Cover } from './covers.ts';
import { groupsOf } from './groups.ts';
import type { RuleLists } from './rule-lists.ts';

/** One thing that a subject may do in a scope on one side and not on the other. */
export interface Difference {
  readonly atom: Atom;
  readonly held: Held;
  readonly rule: HeldRule;
}

/** All of it for one subject in one scope; '' is the cluster. */
export interface Gain {
  readonly subject: Subject;
  readonly scope: string;
  readonly rows: readonly Difference[];
  /** There is more than `rows`: a stranger wrote lists whose product has no end. */
  readonly isCut: boolean;
}

/** More than any written role gives; the product of four lists has no bound. */
const MAX_ATOMS = 4_096;
const MAX_LOOKED_AT = 65_536;

/** Over all subjects of a cluster; two seconds at most. */
const MAX_TOTAL = 1_000_000;
const TOO_MUCH =
  'the rules of the roles that changed are too long to be compared for everybody who is bound to them; shorten the lists in them';

const NONE: Pick<Holding, 'held'> = { held: [] };

/** What the subjects of `to` may do and could not in `from`. The other way round it is what they lost. */
export function gains(from: ClusterRights, to: ClusterRights): readonly Gain[] {
  let total = 0;
  return to.holdings.flatMap((holding) => {
    const before = from.byIdentity.get(holding.subject.identity)?.get(holding.scope) ?? NONE;
    if (holdsAll(before, holding, to.lists)) return [];
    const known = textsOf(before);
    const fresh = holding.held.flatMap((held) =>
      held.rules.filter(({ text }) => !known.has(text)).map((rule) => ({ held, rule })),
    );
    if (fresh.length === 0) return [];
    const { looked, ...found } = uncovered(
      fresh,
      new Cover(rulesFor(holding, from).map(({ rule }) => rule)),
      holding.scope,
    );
    total += looked;
    if (total > MAX_TOTAL || (found.isCut && found.rows.length === 0)) throw new Error(TOO_MUCH);
    return found.rows.length === 0 ? [] : [{ subject: holding.subject, scope: holding.scope, ...found }];
  });
}

/** Most hold on both sides what they held: told by whole lists, before any rule is looked at. */
function holdsAll(before: Pick<Holding, 'held'>, { held }: Holding, lists: RuleLists): boolean {
  const known = before.held.map(({ rules }) => lists.numberOf(rules));
  return held.every(({ rules }) => known.includes(lists.numberOf(rules)));
}

function textsOf({ held }: Pick<Holding, 'held'>): ReadonlySet<string> {
  return new Set(held.flatMap(({ rules }) => rules.map(({ text }) => text)));
}

/** Everything that a subject has there: its own and its groups', in the namespace and in the whole cluster. */
export function rulesFor(holding: Pick<Holding, 'subject' | 'scope'>, rights: ClusterRights): readonly HeldRule[] {
  return heldFor(holding, rights).flatMap(({ rules }) => rules);
}

/** The same role by role. */
export function heldFor(
  { subject, scope }: Pick<Holding, 'subject' | 'scope'>,
  { byIdentity }: ClusterRights,
): readonly Held[] {
  const identities = [subject.identity, ...groupsOf(subject)];
  const scopes = scope === '' ? [''] : [scope, ''];
  return identities.flatMap((identity) => {
    const own = byIdentity.get(identity);
    return own === undefined ? [] : scopes.flatMap((one) => own.get(one)?.held ?? []);
  });
}

function uncovered(
  fresh: readonly Pick<Difference, 'held' | 'rule'>[],
  before: Cover,
  scope: string,
): Pick<Gain, 'rows' | 'isCut'> & { readonly looked: number } {
  const rows = new Map<string, Difference>();
  let looked = 0;
  for (const { held, rule } of fresh) {
    for (const atom of atomsOf(rule.rule)) {
      looked += 1;
      if (rows.size === MAX_ATOMS || looked > MAX_LOOKED_AT) return { rows: [...rows.values()], isCut: true, looked };
      if (!isEffective(atom, scope) || before.gives(atom)) continue;
      const facet = facetOf(atom);
      if (!rows.has(facet)) rows.set(facet, { atom, held, rule });
    }
  }
  return { rows: withoutNarrower([...rows.values()]), isCut: false, looked };
}

/** Kinds without a namespace are not given by a RoleBinding, and paths neither. */
export function isEffective(atom: Atom, scope: string): boolean {
  if (scope === '') return true;
  return !('url' in atom) && worksInNamespace(atom);
}

/** What a wildcard of the same change says already is not said again. */
function withoutNarrower(rows: readonly Difference[]): readonly Difference[] {
  if (!rows.some(({ atom }) => isWide(atom))) return rows;
  const cover = new Cover(rows.filter(({ atom }) => isWide(atom)).map(({ atom }) => asRule(atom)));
  return rows.filter(({ atom }) => isWide(atom) || !cover.gives(atom));
}

function isWide(atom: Atom): boolean {
  return 'url' in atom
    ? atom.url.endsWith('*') || atom.verb === '*'
    : [atom.group, atom.resource, atom.verb].includes('*');
}

/** The rule that gives this atom and nothing else. */
export function asRule(atom: Atom): HeldRule['rule'] {
  const verbs = [atom.verb];
  if ('url' in atom) return { verbs, apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [atom.url] };
  const resourceNames = atom.name === undefined ? [] : [atom.name];
  return { verbs, apiGroups: [atom.group], resources: [atom.resource], resourceNames, nonResourceURLs: [] };
}
