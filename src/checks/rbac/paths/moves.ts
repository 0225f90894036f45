import type { ResourceAtom } from '../../../model/rbac.ts';
import { escalation } from '../escalation.ts';
import { gitopsGrants } from '../gitops.ts';
import { type GrantRow, grantRule } from '../grant-rule.ts';
import type { RbacRule } from '../rule.ts';
import { secrets } from '../secrets.ts';
import { readSubject, type Subject } from '../subject.ts';
import { anyOf, MODIFY } from '../target.ts';
import { quoted } from '../wording.ts';
import { workloads } from '../workloads.ts';
import { byWritingApplications, byWritingFlux } from './gitops-moves.ts';
import type { Found, Move, MoveFacts } from './lead.ts';
import { namedWorkloads } from './named-workloads.ts';
import { accountNode, hubNode, type Lead, MACHINE, namespaceEnd, placeOf, POWER, subjectNode } from './node.ts';

function inResource({ atoms }: Found, ...resources: readonly string[]): readonly ResourceAtom[] {
  return atoms.filter((atom): atom is ResourceAtom => 'resource' in atom && resources.includes(atom.resource));
}

function names(atoms: readonly ResourceAtom[]): readonly string[] {
  return atoms.flatMap(({ name }) => name ?? []);
}

/** A workload that is started may name any account, mounts any Secret, and is let out onto the node where the namespace says so. */
function byStarting(found: Found, { inventory }: MoveFacts): readonly Lead[] {
  const { scope } = found;
  if (found.isNamed && namedWorkloads(found, inventory).length === 0) return [];
  const open = inventory.opensNode(scope);
  const machine = open === undefined ? [] : [{ to: MACHINE, by: [open] }];
  return [{ to: hubNode('accounts', scope) }, ...machine];
}

function byEntering(found: Found, { inventory }: MoveFacts): readonly Lead[] {
  if (!found.isNamed) return [{ to: hubNode('pods', found.scope) }];
  return namedWorkloads(found, inventory).map((to) => ({ to }));
}

function byToken(found: Found, facts: MoveFacts): readonly Lead[] {
  if (!found.isNamed) return [{ to: hubNode('accounts', found.scope) }];
  return names(inResource(found, 'serviceaccounts/token')).flatMap((name) => accountLeads(name, found.scope, facts));
}

function accountLeads(name: string, scope: string, facts: MoveFacts): readonly Lead[] {
  if (scope !== '') return [{ to: accountNode(scope, name) }];
  return facts.accountsNamed(name).map((to) => ({ to }));
}

/** A named Secret has its type already, and no type can be changed. */
function byMinting({ isNamed, scope }: Found): readonly Lead[] {
  return isNamed ? [] : [{ to: hubNode('accounts', scope) }];
}

function bySecret(found: Found, { inventory }: MoveFacts): readonly Lead[] {
  const tokens = found.scope === '' ? [...inventory.tokens.values()].flat() : inventory.tokens.get(found.scope);
  const wanted = new Set(names(inResource(found, 'secrets')));
  return (tokens ?? [])
    .filter(({ manifest }) => !found.isNamed || wanted.has(manifest.id.name))
    .map(({ manifest, account }) => ({
      to: accountNode(placeOf(manifest), account),
      by: [{ manifest, pointer: '/metadata/annotations/kubernetes.io~1service-account.name' }],
    }));
}

/**
 * A group is only taken together with a user; a user name of an account is asked for as an account.
 * https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/filters/impersonation.go
 */
function byImpersonation(found: Found, facts: MoveFacts): readonly Lead[] {
  const users = inResource(found, 'users');
  const groups = inResource(found, 'groups');
  const accounts = inResource(found, 'serviceaccounts');
  const hasUser = found.all.some((atom) => 'resource' in atom && ['users', 'serviceaccounts'].includes(atom.resource));
  const reached = hasUser ? groups : [];
  const isAnyGroup = reached.some(({ name }) => name === undefined || name === MASTERS);
  return [
    ...(isAnyGroup ? [{ to: POWER }] : []),
    ...(users.some(isUnlimited) ? [{ to: hubNode('users', '') }] : []),
    ...(accounts.some(isUnlimited) ? [{ to: hubNode('accounts', found.scope) }] : []),
    ...subjectsOf('User', names(users))
      .filter(({ kind }) => kind === 'User')
      .map(asLead),
    ...subjectsOf('Group', names(reached)).map(asLead),
    ...names(accounts).flatMap((name) => accountLeads(name, found.scope, facts)),
  ];
}

const MASTERS = 'system:masters';

function isUnlimited({ name }: ResourceAtom): boolean {
  return name === undefined;
}

function subjectsOf(kind: string, some: readonly string[]): readonly Subject[] {
  return some.map((name) => readSubject({ kind, name }, 0, ''));
}

function asLead(subject: Subject): Lead {
  return { to: subjectNode(subject) };
}

/** Alone, the verbs `bind` and `escalate` do nothing: the binding or the role has to be written too. */
function byBinding(found: Found, { rights }: MoveFacts): readonly Lead[] {
  const isWritten = inResource(found, 'rolebindings', 'clusterrolebindings').length > 0;
  const { scope } = found;
  if (!isWritten) return [];
  if (!found.isNamed) return everythingIn(scope);
  return inResource(found, 'roles', 'clusterroles').flatMap(({ resource, name = '' }) => {
    const kind = resource === 'roles' ? 'Role' : 'ClusterRole';
    const rules = rights.rulesOf(kind, scope, name);
    const key = `role ${scope} ${kind} ${name}`;
    const label = `whoever holds ${kind} ${quoted(name)}`;
    const by = [...new Set(rules.map(({ source }) => source.manifest))].map((manifest) => ({
      manifest,
      pointer: '/rules',
    }));
    return rules.length === 0 ? [] : [{ to: { kind: 'role' as const, key, label, scope, rules }, by }];
  });
}

function byEscalation(found: Found): readonly Lead[] {
  const isWritten = inResource(found, 'roles', 'clusterroles').some(({ verb }) => verb !== 'escalate');
  return isWritten && !found.isNamed ? everythingIn(found.scope) : [];
}

function everythingIn(scope: string): readonly Lead[] {
  if (scope === '') return [{ to: POWER }];
  return [{ to: hubNode('accounts', scope) }, { to: namespaceEnd(scope) }];
}

const OWN: readonly GrantRow[] = [
  {
    id: 'modify-pods',
    alias: '',
    title: '',
    severity: { cluster: 'high', namespace: 'high' },
    ways: [[anyOf(`core/pods:${MODIFY}`)]],
    can: 'replace the image of running pods in {place}',
    why: '',
    fix: '',
  },
  {
    id: 'host-volume',
    alias: '',
    title: '',
    severity: { cluster: 'high' },
    ways: [
      [anyOf('core/persistentvolumes:create'), anyOf('core/persistentvolumeclaims:create'), anyOf('core/pods:create')],
    ],
    can: 'mount files of a node by a persistent volume of its own',
    why: '',
    fix: '',
  },
];

const RULES = new Map(
  [...workloads, ...secrets, ...escalation, ...gitopsGrants, ...OWN.map(grantRule)].map((rule) => [rule.id, rule]),
);

const LEADS: readonly (readonly [id: string, leads: Move['leads']])[] = [
  ['create-workloads', byStarting],
  ['modify-pods', byEntering],
  ['pods-exec', byEntering],
  ['pods-attach', byEntering],
  ['ephemeral-containers', byEntering],
  ['nodes-proxy', () => [{ to: hubNode('pods', '') }]],
  ['host-volume', () => [{ to: MACHINE }]],
  ['token-request', byToken],
  ['token-secret-mint', byMinting],
  ['secrets-read', bySecret],
  ['secrets-read-cluster-wide', bySecret],
  ['impersonate', byImpersonation],
  ['bind', byBinding],
  ['escalate', byEscalation],
  ['write-argocd-objects', byWritingApplications],
  ['write-flux-objects', byWritingFlux],
];

/** Each edge of docs/rbac.md that a role gives, by the rule that finds it. */
export const MOVES: readonly Move[] = LEADS.map(([id, leads]) => {
  const rule = RULES.get(`rbac/${id}`);
  if (rule === undefined) throw new Error(`no rule rbac/${id}`);
  return { rule, leads };
});

export const MOVE_RULES: readonly RbacRule[] = MOVES.map(({ rule }) => rule);

/** Said by where the moves lead: what the rule itself says of them is more than somebody may alone. */
export const SAID_BY_MOVES: ReadonlySet<string> = new Set([
  'rbac/bind',
  'rbac/escalate',
  'rbac/impersonate',
  'rbac/write-argocd-objects',
  'rbac/write-flux-objects',
]);
