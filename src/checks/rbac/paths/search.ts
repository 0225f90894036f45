import { ruleCovers } from '../../../model/rbac.ts';
import { reaches } from '../../../model/severity.ts';
import { type ClusterRights, type Holding, holdingKey } from '../effective/cluster.ts';
import { type Effect, effectsOf } from '../effective/effects.ts';
import { groupsOf } from '../effective/groups.ts';
import type { Context, RbacRule } from '../rule.ts';
import { isPrivileged } from '../scope.ts';
import { readSubject, type Subject } from '../subject.ts';

/** One step: what an account may do somewhere, by which rule of which role. */
export interface Step {
  readonly account: Subject;
  readonly scope: string;
  readonly effect: Effect;
}

/** From the account of a workload to what ends it, shortest first. */
export interface Path {
  readonly steps: readonly Step[];
}

/** With any of these, whoever is in a namespace becomes every account of it. */
const BECOMES: ReadonlySet<string> = new Set([
  'rbac/create-workloads',
  'rbac/token-request',
  'rbac/token-secret-mint',
  'rbac/impersonate',
  'rbac/namespace-admin',
  'rbac/write-all-resources',
]);

/** From account to account this often; longer ones are made of shorter ones that are said of somebody else. */
const MAX_STEPS = 4;

const NOBODY: ClusterRights = { holdings: new Map(), dangling: [] };

/** What accounts of one cluster can reach. Each is looked at once, so the work grows with the number of accounts. */
export class PathSearch {
  readonly #rights: ClusterRights;
  readonly #rules: readonly RbacRule[];
  readonly #context: Context;
  readonly #scopes: ReadonlyMap<string, readonly string[]>;
  readonly #accounts: ReadonlyMap<string, readonly Subject[]>;
  readonly #steps = new Map<string, readonly Step[]>();
  readonly #paths = new Map<string, readonly Path[]>();

  constructor(rights: ClusterRights, rules: readonly RbacRule[], context: Context) {
    this.#rights = rights;
    this.#rules = rules;
    this.#context = context;
    const all = [...rights.holdings.values()];
    this.#scopes = new Map(
      [...Map.groupBy(all, ({ subject }) => subject.identity)].map(([identity, found]) => [
        identity,
        found.map(({ scope }) => scope),
      ]),
    );
    const accounts = new Map(
      all.filter(({ subject }) => subject.kind === 'ServiceAccount').map(({ subject }) => [subject.identity, subject]),
    );
    this.#accounts = Map.groupBy(accounts.values(), ({ namespace }) => namespace);
  }

  /** The shortest way of an account to each thing that ends in the whole cluster; what is as short comes in order of the rules. */
  pathsOf(account: Subject): readonly Path[] {
    const known = this.#paths.get(account.identity) ?? this.#search(account);
    this.#paths.set(account.identity, known);
    return known;
  }

  #search(start: Subject): readonly Path[] {
    const seen = new Set([start.identity]);
    let level: readonly (Path & { readonly at: Subject })[] = [{ steps: [], at: start }];
    for (let depth = 0; depth < MAX_STEPS; depth += 1) {
      const found = level.flatMap(({ steps, at }) => this.#stepsOf(at).map((step) => [...steps, step]));
      const ends = found.filter((steps) => isEnd(steps.at(-1)));
      if (ends.length > 0) return shortest(ends);
      level = found.flatMap((steps) => this.#next(steps.at(-1), seen).map((at) => ({ steps, at })));
    }
    return [];
  }

  #next(step: Step | undefined, seen: Set<string>): readonly Subject[] {
    if (step === undefined || !BECOMES.has(step.effect.rule.id)) return [];
    const reached = (this.#accounts.get(step.scope) ?? []).filter(({ identity }) => !seen.has(identity));
    for (const { identity } of reached) seen.add(identity);
    return reached;
  }

  #stepsOf(account: Subject): readonly Step[] {
    const known = this.#steps.get(account.identity) ?? this.#readSteps(account);
    this.#steps.set(account.identity, known);
    return known;
  }

  #readSteps(account: Subject): readonly Step[] {
    const identities = [account.identity, ...groupsOf(account)];
    const scopes = new Set(identities.flatMap((identity) => this.#scopes.get(identity) ?? []));
    return [...scopes].flatMap((scope) =>
      effectsOf({ subject: account, scope }, { from: NOBODY, to: this.#rights }, this.#rules, this.#context)
        .filter(({ rule, hit }) => reaches(hit.severity ?? rule.severity, 'high'))
        .map((effect) => ({ account, scope, effect })),
    );
  }
}

/** Power over the cluster: critical in all of it, or where its controllers live. */
function isEnd(step: Step | undefined): boolean {
  if (step === undefined || (step.scope !== '' && !isPrivileged(step.scope))) return false;
  const { rule, hit } = step.effect;
  return (hit.severity ?? rule.severity) === 'critical';
}

/** One for each effect. */
function shortest(found: readonly (readonly Step[])[]): readonly Path[] {
  const first = new Map<string, Path>();
  for (const steps of found) {
    const end = endOf({ steps });
    if (!first.has(end)) first.set(end, { steps });
  }
  return [...first.values()];
}

/** What a path ends in; two with the same end are one danger. */
export function endOf({ steps }: Path): string {
  return steps.at(-1)?.effect.rule.id ?? '';
}

export function accountOf(namespace: string, name: string): Subject {
  return readSubject({ kind: 'ServiceAccount', name, namespace }, 0, '');
}

/** By which binding and role the account has what the step is about. */
export function giverOf({ account, scope, effect }: Step, rights: ClusterRights): Holding['held'][number] | undefined {
  const identities = [account.identity, ...groupsOf(account)];
  const held = identities.flatMap((identity) =>
    [scope, ''].flatMap((one) => rights.holdings.get(holdingKey(identity, one))?.held ?? []),
  );
  return held.find(({ rules }) => rules.some(({ rule }) => ruleCovers(rule, effect.atom)));
}
