import type { Severity } from '../../../model/severity.ts';
import { reaches } from '../../../model/severity.ts';
import { BUILT_IN } from '../effective/cause.ts';
import type { ClusterRights, HeldRule } from '../effective/cluster.ts';
import { rulesFor } from '../effective/diff.ts';
import { type Effect, heldAsRole, newEffects } from '../effective/effects.ts';
import { groupsOf } from '../effective/groups.ts';
import type { Context, RbacRule } from '../rule.ts';
import { isPrivileged } from '../scope.ts';
import { readSubject, type Subject } from '../subject.ts';

/** What a rule of the catalogue says of somebody in a scope; '' is the cluster. */
export interface Power {
  readonly scope: string;
  readonly effect: Effect;
  readonly severity: Severity;
}

export function accountOf(namespace: string, name: string): Subject {
  return readSubject({ kind: 'ServiceAccount', name, namespace }, 0, '');
}

export function severityOf({ rule, hit }: Pick<Effect, 'rule' | 'hit'>): Severity {
  return hit.severity ?? rule.severity;
}

/** Power over the whole cluster: in all of it, or where its controllers live. */
export function isOverCluster({ scope }: Pick<Power, 'scope'>): boolean {
  return scope === '' || isPrivileged(scope);
}

/** What service accounts of one side of a cluster may do; each is looked at once. */
export class AccountRights {
  readonly #rights: ClusterRights;
  readonly #granting: readonly RbacRule[];
  readonly #context: Context;
  readonly #given: ReadonlySet<string>;
  readonly #powers = new Map<string, readonly Power[]>();

  constructor(rights: ClusterRights, granting: readonly RbacRule[], context: Context) {
    this.#rights = rights;
    this.#granting = granting;
    this.#context = context;
    const given = rights.holdings.filter(({ held }) => held.some(({ binding }) => binding.manifest.app !== BUILT_IN));
    this.#given = new Set(given.map(({ subject }) => subject.identity));
  }

  /** Does some binding of an app name it, or the accounts that it is one of? What everybody with a login has does not count. */
  hasGrants(account: Subject): boolean {
    const [own, ofAll] = groupsOf(account);
    return [account.identity, own, ofAll].some((identity) => identity !== undefined && this.#given.has(identity));
  }

  scopesOf(account: Subject): readonly string[] {
    const identities = [account.identity, ...groupsOf(account)];
    return [
      ...new Set(identities.flatMap((identity) => [...(this.#rights.byIdentity.get(identity)?.keys() ?? [])])),
    ].toSorted();
  }

  rulesIn(account: Subject, scope: string): readonly HeldRule[] {
    return rulesFor({ subject: account, scope }, this.#rights);
  }

  /** Rules of at least high severity that it meets; in a namespace only what it does not have in the whole cluster. */
  powersOf(account: Subject): readonly Power[] {
    const known = this.#powers.get(account.identity);
    if (known !== undefined) return known;
    const found = this.scopesOf(account).flatMap((scope) => {
      const everywhere = scope === '' ? [] : this.rulesIn(account, '');
      return this.gainedBy(account, scope, everywhere);
    });
    const powers = found.filter(({ severity }) => reaches(severity, 'high'));
    this.#powers.set(account.identity, powers);
    return powers;
  }

  /** What it meets in a scope and nobody would with the rules in `known`. */
  gainedBy(account: Subject, scope: string, known: readonly HeldRule[]): readonly Power[] {
    const all = heldAsRole({ subject: account, scope }, this.#rights);
    return newEffects(known, all, this.#granting, this.#context).map((effect) => {
      return { scope, effect, severity: severityOf(effect) };
    });
  }
}
