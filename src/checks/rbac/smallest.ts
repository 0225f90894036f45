import type { Problem } from '../../model/finding.ts';
import { objectAt, textAt } from '../../model/json.ts';
import { identityKey, type Manifest } from '../../model/manifest.ts';
import type { World } from '../../model/world.ts';
import { objectKey } from './effective/cause.ts';
import { clusterRights } from './effective/cluster.ts';
import { Holders } from './holders.ts';
import { mountedSecrets, readWorkload } from './paths/workload.ts';
import type { Subject } from './subject.ts';
import { listed, quoted } from './wording.ts';

/** Rules of more namespaces than this are no longer a hint. */
const MAX_NAMESPACES = 3;
const MAX_NAMES = 20;

interface User {
  /** Deployment `web` */
  readonly words: string;
  readonly secrets: readonly string[];
}

interface Need {
  readonly namespace: string;
  readonly users: readonly string[];
  readonly secrets: readonly string[];
}

/** Findings of these rules may have a fix that the manifests themselves show. */
const FIXABLE: ReadonlySet<string> = new Set([
  'rbac/secrets-read',
  'rbac/secrets-read-cluster-wide',
  'rbac/whole-api-group',
]);

/**
 * The smallest rule that would do, in place of general words, where the merge result shows what is needed. Nothing is guessed:
 * where a need is not evident, the words of the rule stand.
 */
export function withEvidentFixes(problems: readonly Problem[], { manifests }: World): readonly Problem[] {
  const wanted = problems.filter(isFixable);
  if (wanted.length === 0) return problems;
  const placed = new Map(manifests.map((manifest) => [objectKey(manifest), manifest]));
  const clusters = Map.groupBy(manifests, ({ cluster }) => cluster);
  const needs = new Map<string, Needs>();
  return problems.map((problem) => {
    const at = isFixable(problem) ? placed.get(problemObject(problem)) : undefined;
    if (at === undefined) return problem;
    const known = needs.get(at.cluster) ?? new Needs(clusters.get(at.cluster) ?? []);
    needs.set(at.cluster, known);
    return { ...problem, fix: known.fixFor(problem, at) ?? problem.fix };
  });
}

function isFixable({ side, rule }: Problem): boolean {
  return side === 'merged' && FIXABLE.has(rule);
}

function problemObject({ app, object }: Problem): string {
  return `${app}\u0000${object === null ? '' : identityKey(object)}`;
}

/** What the manifests of one cluster show of the needs of those who hold something. */
class Needs {
  readonly #manifests: readonly Manifest[];
  #holders: Holders | undefined;
  #users: ReadonlyMap<string, readonly User[]> | undefined;
  #kinds: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(manifests: readonly Manifest[]) {
    this.#manifests = manifests;
  }

  fixFor(problem: Problem, at: Manifest): string | undefined {
    if (problem.rule === 'rbac/whole-api-group') return this.#groupFix(problem);
    this.#holders ??= new Holders(clusterRights(this.#manifests));
    const holders = this.#holders.of(at);
    // What several roles give together is said of one subject only, although the binding may name more.
    const own = holders.filter(({ identity }) => problem.key.startsWith(`held ${identity} `));
    return this.#secretsFix(problem, own.length > 0 ? own : holders);
  }

  #secretsFix({ key }: Problem, holders: readonly Subject[]): string | undefined {
    const byNamespace = Map.groupBy(holders, ({ namespace }) => namespace);
    if (byNamespace.size === 0 || byNamespace.size > MAX_NAMESPACES) return undefined;
    const needs = [...byNamespace].flatMap(([namespace, here]) => this.#needOf(namespace, here) ?? []);
    // Somebody's need no manifest shows.
    if (needs.length < byNamespace.size) return undefined;
    const drop = `${needs.map(mountText).join(', and ')}, which needs no rule: drop this one.`;
    if (isNamed(key)) return drop;
    const rules = needs.map(
      ({ namespace, secrets }) => `${ruleText(secrets)} in a Role of namespace ${quoted(namespace)}`,
    );
    const isOne = needs.flatMap(({ secrets }) => secrets).length === 1;
    return `${drop} If ${isOne ? 'it is' : 'they are'} also read through the API, this is enough: ${rules.join(', and ')}.`;
  }

  /** What the pods of all these accounts name; undefined where one of them, or one of its pods, shows nothing. */
  #needOf(namespace: string, holders: readonly Subject[]): Need | undefined {
    const byHolder = holders.map(({ kind, name }) => (kind === 'ServiceAccount' ? this.#usersOf(namespace, name) : []));
    const users = byHolder.flat();
    if (byHolder.some(({ length }) => length === 0) || users.some(({ secrets }) => secrets.length === 0))
      return undefined;
    const secrets = [...new Set(users.flatMap((user) => user.secrets))].toSorted();
    return areShort(secrets) ? { namespace, users: users.map(({ words }) => words), secrets } : undefined;
  }

  #usersOf(namespace: string, account: string): readonly User[] {
    this.#users ??= usersIn(this.#manifests);
    return this.#users.get(`${namespace}/${account}`) ?? [];
  }

  /** Kinds of a group that this cluster's own manifests define: exactly what the wildcard gives today. */
  #groupFix({ facets }: Problem): string | undefined {
    this.#kinds ??= kindsIn(this.#manifests);
    const groups = [...new Set(facets.map((facet) => facet.split('/', 1)[0] ?? ''))];
    const known = groups.map((group) => [group, this.#kinds?.get(group) ?? []] as const);
    if (known.length === 0 || !known.every(([, plurals]) => areShort(plurals))) return undefined;
    const lists = known.map(([group, plurals]) => `${quoted(group)}: \`${listText(plurals)}\``);
    return `Name the resources in \`resources\` instead of \`*\`; those that the CustomResourceDefinitions of this cluster define are, of ${listed(lists, '; of ')}.`;
  }
}

/** Of what is limited to names already, no smaller rule is told. */
function isNamed(key: string): boolean {
  return key === 'named' || key.endsWith(' named');
}

function mountText({ namespace, users, secrets }: Need): string {
  const verb = users.length === 1 ? 'gets' : 'get';
  const noun = secrets.length === 1 ? 'Secret' : 'Secrets';
  return `${listed(users)} ${verb} ${noun} ${listed(secrets.map(quoted))} of namespace ${quoted(namespace)} by volume or variable`;
}

/** What Kubernetes takes for a name, so that it can stand in YAML and between two back-ticks. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

function areShort(names: readonly string[]): boolean {
  return names.length > 0 && names.length <= MAX_NAMES && names.every((name) => NAME.test(name));
}

/** On one line, as flow style, so that it can be copied out of any report. */
function ruleText(secrets: readonly string[]): string {
  return `\`{apiGroups: [""], resources: [secrets], resourceNames: ${listText(secrets)}, verbs: [get]}\``;
}

function listText(names: readonly string[]): string {
  return `[${names.map((name) => JSON.stringify(name)).join(', ')}]`;
}

function usersIn(manifests: readonly Manifest[]): ReadonlyMap<string, readonly User[]> {
  const found = manifests.flatMap((manifest) => {
    const workload = readWorkload(manifest);
    if (workload === undefined) return [];
    const { kind, name, namespace } = manifest.id;
    const user = { words: `${kind} ${quoted(name)}`, secrets: mountedSecrets(workload) };
    return [{ key: `${namespace}/${workload.account}`, user }];
  });
  return new Map([...Map.groupBy(found, ({ key }) => key)].map(([key, all]) => [key, all.map(({ user }) => user)]));
}

function kindsIn(manifests: readonly Manifest[]): ReadonlyMap<string, readonly string[]> {
  const found = manifests.flatMap(({ id, object }) => {
    if (id.kind !== 'CustomResourceDefinition') return [];
    const spec = objectAt(object, 'spec');
    return [{ group: textAt(spec, 'group'), plural: textAt(objectAt(spec, 'names'), 'plural') }];
  });
  return new Map(
    [...Map.groupBy(found, ({ group }) => group)].map(([group, all]) => [
      group,
      [...new Set(all.map(({ plural }) => plural))].filter((plural) => plural !== '').toSorted(),
    ]),
  );
}
