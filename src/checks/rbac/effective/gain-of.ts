import type { Gain } from '../../../model/finding.ts';
import type { Atom, PolicyRule, ResourceAtom, UrlAtom } from '../../../model/rbac.ts';
import type { Difference } from './diff.ts';

/** Differences of one subject in one scope, all through the same binding and roles, as data for a table. */
export function gainOf(rows: readonly [Difference, ...Difference[]], scope: string, isCut: boolean): Gain {
  const [{ held, rule }] = rows;
  const { kind, namespace, name } = held.subject;
  return {
    subject: { kind, namespace, name },
    rules: rulesGiving(rows.map(({ atom }) => atom)),
    namespace: namespaceOf(scope),
    binding: held.binding.manifest.id,
    role: held.role.manifest.id,
    writtenIn: rule.source.manifest.id,
    isCut,
  };
}

function namespaceOf(scope: string): string | null {
  if (scope === '') return null;
  return scope.startsWith('\u0001') ? '' : scope;
}

/**
 * The fewest rules that are easy to find and give these atoms, and nothing else. Lists of one rule are multiplied with each other,
 * so only what differs in the resource alone, or in the path alone, may share one.
 */
export function rulesGiving(atoms: readonly Atom[]): readonly PolicyRule[] {
  const resources = atoms.flatMap((atom) => ('url' in atom ? [] : [atom]));
  const urls = atoms.flatMap((atom) => ('url' in atom ? [atom] : []));
  return [...resourceRules(resources), ...urlRules(urls)];
}

const NOTHING = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] } as const;

function resourceRules(atoms: readonly ResourceAtom[]): readonly PolicyRule[] {
  const byObject = [
    ...Map.groupBy(atoms, ({ group, resource, name }) => JSON.stringify([group, resource, name])).values(),
  ];
  const named = byObject.flatMap((found) => {
    const [first] = found;
    return first === undefined ? [] : [{ ...first, verbs: verbsOf(found) }];
  });
  const byResource = Map.groupBy(named, ({ group, resource, verbs, name }) =>
    JSON.stringify([group, resource, verbs, name === undefined]),
  );
  const limited = [...byResource.values()].flatMap((found) => {
    const [first] = found;
    const names = found.flatMap(({ name }) => name ?? []).toSorted();
    return first === undefined ? [] : [{ ...first, names }];
  });
  const alike = Map.groupBy(limited, ({ group, verbs, names }) => JSON.stringify([group, verbs, names]));
  return [...alike.values()].flatMap((found) => {
    const [first] = found;
    if (first === undefined) return [];
    const { group, verbs, names } = first;
    const written = found.map(({ resource }) => resource).toSorted();
    return [{ ...NOTHING, verbs, apiGroups: [group], resources: written, resourceNames: names }];
  });
}

function urlRules(atoms: readonly UrlAtom[]): readonly PolicyRule[] {
  const byUrl = [...Map.groupBy(atoms, ({ url }) => url)].map(([url, found]) => ({ url, verbs: verbsOf(found) }));
  return [...Map.groupBy(byUrl, ({ verbs }) => JSON.stringify(verbs)).values()].flatMap((found) => {
    const [first] = found;
    if (first === undefined) return [];
    return [{ ...NOTHING, verbs: first.verbs, nonResourceURLs: found.map(({ url }) => url).toSorted() }];
  });
}

function verbsOf(atoms: readonly Atom[]): readonly string[] {
  return [...new Set(atoms.map(({ verb }) => verb))].toSorted();
}
