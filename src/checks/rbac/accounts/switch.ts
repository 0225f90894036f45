import type { Problem } from '../../../model/finding.ts';
import { type Atom, atomsOf } from '../../../model/rbac.ts';
import { SEVERITIES } from '../../../model/severity.ts';
import { subjectText } from '../binding-rule.ts';
import { Cover } from '../effective/covers.ts';
import type { HeldRule } from '../effective/cluster.ts';
import { isEffective } from '../effective/diff.ts';
import { scopeText } from '../effective/wording.ts';
import { facetOf } from '../facet.ts';
import { grantTo } from '../grant-of.ts';
import { grantsText } from '../wording.ts';
import { accountSwitch } from './rules.ts';
import { type AccountLooking, type AccountSide, problemOf } from './side.ts';
import { holdsToken, type Identity } from './token.ts';
import { whoRuns } from './workloads.ts';

/** As in effective/diff.ts: more than any written role gives, and over all workloads two seconds at most. */
const MAX_ATOMS = 4_096;
const MAX_TOTAL = 1_000_000;
const TOO_MUCH =
  'the accounts of more workloads change than their rights could be compared; change fewer of them at once, or shorten the lists in their roles';

interface Budget {
  left: number;
}

/** Workloads that run as another account than before, where that one may do more than the old one could. */
export function switchProblems(base: AccountSide, merged: AccountSide, looking: AccountLooking): readonly Problem[] {
  const before = new Map(base.identities.map((identity) => [identity.key, identity]));
  const budget = { left: MAX_TOTAL };
  return merged.identities
    .filter((identity) => looking.touched.has(identity.workload.manifest.app) && holdsToken(identity))
    .flatMap((identity) => {
      const old = before.get(identity.key);
      const isSwitch = old !== undefined && old.account.identity !== identity.account.identity;
      return isSwitch ? switched(old, identity, { base, merged, budget }) : [];
    });
}

interface Sides {
  readonly base: AccountSide;
  readonly merged: AccountSide;
  readonly budget: Budget;
}

/** Whoever had no token had no rights. */
function switched(old: Identity, identity: Identity, { base, merged, budget }: Sides): readonly Problem[] {
  const { account, workload } = identity;
  return merged.accounts.scopesOf(account).flatMap((scope) => {
    const known = holdsToken(old) ? base.accounts.rulesIn(old.account, scope) : [];
    const everywhere = scope === '' ? [] : merged.accounts.rulesIn(account, '');
    const fresh = merged.accounts.rulesIn(account, scope);
    const { atoms, isCut } = gainedAtoms([...known, ...everywhere], fresh, scope, budget);
    if (atoms.length === 0) return [];
    const powers = merged.accounts.gainedBy(account, scope, [...known, ...everywhere]);
    const severity = SEVERITIES.find((one) => powers.some((power) => power.severity === one)) ?? 'low';
    const more = isCut ? ', and more than can be listed' : '';
    const message = `${whoRuns(identity)} in place of ${subjectText(old.account)}, and gains ${grantsText(atoms)} ${scopeText(scope)}${more}`;
    const grant = {
      ...grantTo(account, scope, { atoms, isCut }),
      alsoSays: [...new Set(powers.flatMap(({ effect }) => [effect.rule.id, ...(effect.alsoSays ?? [])]))],
    };
    const facets = atoms.map(facetOf).toSorted();
    const said = { side: 'merged' as const, pointer: workload.pointer, key: scope, facets, message };
    return [{ ...problemOf(accountSwitch, workload.manifest, { ...said, severity: atLeastLow(severity) }), grant }];
  });
}

function atLeastLow(severity: Problem['severity']): Problem['severity'] {
  return severity === 'info' ? 'low' : severity;
}

function gainedAtoms(
  known: readonly HeldRule[],
  fresh: readonly HeldRule[],
  scope: string,
  budget: Budget,
): { readonly atoms: readonly Atom[]; readonly isCut: boolean } {
  const texts = new Set(known.map(({ text }) => text));
  const cover = new Cover(known.map(({ rule }) => rule));
  const found = new Map<string, Atom>();
  for (const { rule } of fresh.filter(({ text }) => !texts.has(text))) {
    for (const atom of atomsOf(rule)) {
      budget.left -= 1;
      if (budget.left < 0) throw new Error(TOO_MUCH);
      if (found.size === MAX_ATOMS) return { atoms: [...found.values()], isCut: true };
      if (isEffective(atom, scope) && !cover.gives(atom)) found.set(facetOf(atom), atom);
    }
  }
  return { atoms: [...found.values()], isCut: false };
}
