import type { Problem } from '../../../model/finding.ts';
import { listAt, pointer, textAt } from '../../../model/json.ts';
import { matchesGlob } from '../../../model/glob.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import { argocdImpersonation } from '../gitops.ts';
import type { Subject } from '../subject.ts';
import { quoted } from '../wording.ts';
import { powerFacets, powersBeyond, powersText, specOf } from './flux.ts';
import { accountOf } from './rights.ts';
import { type AccountLooking, type AccountSide, problemOf } from './side.ts';

/** Who syncs to where, by an AppProject: https://argo-cd.readthedocs.io/en/stable/operator-manual/app-sync-using-impersonation/ */
interface Entry {
  readonly index: number;
  readonly server: string;
  readonly namespace: string;
  readonly account: string;
}

/** With whose rights Argo CD syncs, and what these are: harmless where they end in the namespaces of the entry. */
export function projectProblems(side: AccountSide, { touched }: AccountLooking): readonly Problem[] {
  return side.manifests
    .filter(({ app, id }) => touched.has(app) && id.kind === 'AppProject' && groupOf(id.apiVersion) === 'argoproj.io')
    .flatMap((project) => entriesOf(project).map((entry) => entryProblem(project, entry, side)));
}

function entriesOf(project: Manifest): readonly Entry[] {
  return listAt(specOf(project), 'destinationServiceAccounts').map((entry, index) => ({
    index,
    server: textAt(entry, 'server'),
    namespace: textAt(entry, 'namespace'),
    account: textAt(entry, 'defaultServiceAccount'),
  }));
}

function entryProblem(project: Manifest, entry: Entry, side: AccountSide): Problem {
  const { index, server, namespace, account } = entry;
  const accounts = isOwnCluster(server) ? accountsOf(entry, side) : [];
  const granted = accounts.filter((one) => side.accounts.hasGrants(one));
  const beyond = granted.flatMap((one) => powersBeyond(one, side.accounts, (scope) => covers(namespace, scope)));
  const where = [server, namespace].map(quoted).join(' ');
  const what = `AppProject ${quoted(project.id.name)}: syncs to ${where} run as service account ${quoted(account)}`;
  const said = {
    side: side.side,
    pointer: pointer('spec', 'destinationServiceAccounts', index),
    key: `sync ${server} ${namespace} ${account}`,
    facets: [account, ...powerFacets(beyond)],
  };
  if (beyond.length > 0)
    return problemOf(argocdImpersonation, project, { ...said, message: `${what}: ${powersText(beyond)}` });
  if (granted.length === 0) {
    const why = isOwnCluster(server)
      ? 'no binding in the apps of the cluster names'
      : 'in another cluster nothing here says the rights of';
    return problemOf(argocdImpersonation, project, { ...said, message: `${what}; ${why} that account` });
  }
  const message = `${what}, whose rights end in that namespace`;
  return problemOf(argocdImpersonation, project, { ...said, message, severity: 'info', enforcement: 'advice' });
}

/** `*` is each cluster, the own one too. */
function isOwnCluster(server: string): boolean {
  return server === '*' || server === 'https://kubernetes.default.svc';
}

/** `namespace:name`, or a name in the namespace that is synced to: each that fits, of those that are bound to anything. */
function accountsOf({ account, namespace }: Entry, { rights }: AccountSide): readonly Subject[] {
  const colon = account.indexOf(':');
  if (colon >= 0) return [accountOf(account.slice(0, colon), account.slice(colon + 1))];
  if (!isPattern(namespace)) return [accountOf(namespace, account)];
  const bound = rights.holdings.map(({ subject }) => subject);
  const fitting = bound.filter(
    (one) => one.kind === 'ServiceAccount' && one.name === account && mayMean(namespace, one.namespace),
  );
  return [...new Map(fitting.map((one) => [one.identity, one])).values()];
}

function isPattern(namespace: string): boolean {
  return /[*?[\]{}!]/.test(namespace);
}

/** Patterns of Argo CD know more than `*`: one that does may mean any namespace, and none for sure. */
function isKnown(pattern: string): boolean {
  return !/[?[\]{}!]/.test(pattern);
}

function mayMean(pattern: string, namespace: string): boolean {
  return !isKnown(pattern) || matchesGlob(pattern, namespace);
}

function covers(pattern: string, namespace: string): boolean {
  return isKnown(pattern) && matchesGlob(pattern, namespace);
}
