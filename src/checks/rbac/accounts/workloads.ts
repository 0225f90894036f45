import type { Problem } from '../../../model/finding.ts';
import { listed, quoted } from '../wording.ts';
import { subjectText } from '../binding-rule.ts';
import { defaultAccount, tokenAutomount, tokenByHand } from './rules.ts';
import { type AccountLooking, type AccountSide, problemOf } from './side.ts';
import { holdsToken, type Identity } from './token.ts';

/** With which credentials the workloads of the apps that the change touches come to the API server; one word about each token. */
export function credentialProblems(side: AccountSide, { touched }: AccountLooking): readonly Problem[] {
  return side.identities
    .filter(({ workload }) => touched.has(workload.manifest.app))
    .flatMap((identity) => [
      ...(identity.workload.account === 'default' ? onDefault(identity, side) : automounted(identity, side)),
      ...byHand(identity, side),
    ]);
}

/** Advice where nothing depends on it yet. */
const LOW = { severity: 'low', enforcement: 'advice' } as const;

function onDefault(identity: Identity, { side, accounts }: AccountSide): readonly Problem[] {
  if (!holdsToken(identity)) return [];
  const { workload, account } = identity;
  const hasRights = accounts.hasGrants(account);
  const rights = hasRights ? ', which has rights' : '';
  const message = `${whoRuns(identity)}, which all pods without an account of their own share${rights}`;
  const said = { side, pointer: workload.pointer, key: '', facets: ['default'], message };
  return [problemOf(defaultAccount, workload.manifest, { ...said, ...(hasRights ? {} : LOW) })];
}

function automounted(identity: Identity, { side, accounts }: AccountSide): readonly Problem[] {
  const { workload, account, isAutomounted, isByDefault } = identity;
  if (!isAutomounted) return [];
  const said = { side, pointer: workload.pointer, key: '', facets: ['mounted'] };
  if (!accounts.hasGrants(account)) {
    const message = `${whoRuns(identity)} with a token, and no binding in the apps of its cluster gives that account anything`;
    return [problemOf(tokenAutomount, workload.manifest, { ...said, message, ...LOW })];
  }
  const powers = isByDefault ? accounts.powersOf(account) : [];
  const [worst] = powers;
  if (worst === undefined) return [];
  const message = `${whoRuns(identity)} with a token that nobody asked for, and ${worst.effect.hit.message}`;
  return [problemOf(tokenAutomount, workload.manifest, { ...said, message })];
}

function byHand(identity: Identity, { side }: AccountSide): readonly Problem[] {
  const { workload, isAutomounted, byHand: volumes } = identity;
  const [first] = volumes;
  if (isAutomounted || first === undefined) return [];
  const facets = [...new Set(volumes.map(({ facet }) => facet))].toSorted();
  const message = `${whoRuns(identity)} with automountServiceAccountToken switched off, and a volume mounts ${listed(facets.map(volumeText))}`;
  return [problemOf(tokenByHand, workload.manifest, { side, pointer: first.pointer, key: '', facets, message })];
}

function volumeText(facet: string): string {
  return facet === 'token' ? 'a token of the account' : `the token in Secret ${quoted(facet.slice('secret '.length))}`;
}

export function whoRuns({ workload, account }: Identity): string {
  const { kind, name } = workload.manifest.id;
  return `${kind} ${quoted(name)} runs as ${subjectText(account)}`;
}
