import { GOOD_PRACTICES, RBAC_DOCS, type RbacRule } from '../rule.ts';

const ACCOUNTS = 'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/';
const WHOLE = { enforcement: 'threshold', takesOver: [], hits: () => [] } as const;

export const defaultAccount: RbacRule = {
  ...WHOLE,
  id: 'rbac/default-account',
  alias: 'RB-100',
  title: 'Workloads have an account of their own',
  severity: 'high',
  scale:
    'high where the default account has rights, else low and advice; not where the pods get no token. What the account gains later is said of the binding',
  why: 'Every pod of the namespace that names no account shares this one, and so whatever it is ever given.',
  fix: 'Name an account of its own in `serviceAccountName`, or switch the token off: `automountServiceAccountToken: false`.',
  references: [ACCOUNTS, GOOD_PRACTICES],
};

export const tokenAutomount: RbacRule = {
  ...WHOLE,
  id: 'rbac/token-automount',
  alias: 'RB-101',
  title: 'Tokens are mounted where they are needed',
  severity: 'high',
  scale:
    'low and advice where nobody gives the account anything, so that the token has no use; high where it may do what a rule of at least high severity names and neither pod nor account says that it wants the token; else nothing, a workload with rights needs its token',
  why: 'Whoever gets into the pod, by a flaw or by a changed image, has the token.',
  fix: 'Set `automountServiceAccountToken: false`, or say `true` in the pod where it is needed.',
  references: [ACCOUNTS, GOOD_PRACTICES],
};

export const tokenByHand: RbacRule = {
  ...WHOLE,
  id: 'rbac/token-mounted-by-hand',
  alias: 'RB-102',
  title: 'What has its token switched off has none',
  severity: 'medium',
  scale: 'medium; tokens for another audience than the API server are not meant',
  why: 'The pod looks as if it had no credentials, and has them by a volume.',
  fix: 'Remove the volume, or mount the token openly by `automountServiceAccountToken: true`.',
  references: [ACCOUNTS],
};

export const exposedTakeover: RbacRule = {
  ...WHOLE,
  id: 'rbac/exposed-takeover',
  alias: 'RB-104',
  title: 'What is reachable from outside has no power over the cluster',
  severity: 'critical',
  scale:
    'critical, for Services of type LoadBalancer and NodePort or with external addresses, Ingresses, routes of the Gateway API and of OpenShift',
  why: 'A flaw in what answers to the outside is then enough to take the cluster.',
  fix: 'Split the workload: what is reachable needs no rights, what needs rights need not be reachable.',
  references: [GOOD_PRACTICES],
};

export const accountSwitch: RbacRule = {
  ...WHOLE,
  id: 'rbac/account-switch',
  alias: 'RB-105',
  title: 'A workload keeps its rights when its account changes',
  severity: 'critical',
  scale: 'that of the worst rule that the new account meets and the old one did not, at least low',
  why: 'The workload gains rights, and no role or binding changes.',
  fix: 'Keep the account, or give the new one only what the workload needs.',
  references: [RBAC_DOCS],
};

export const fluxAccount: RbacRule = {
  ...WHOLE,
  id: 'rbac/flux-account-power',
  alias: 'RB-116',
  title: 'The account that Flux applies with stays where it deploys',
  severity: 'high',
  scale:
    'high for power over the cluster or a privileged namespace, medium over another namespace than its own and its target, and where what it applied here or by other credentials goes to another cluster; else info and advice where it applies to a cluster of which nothing is known',
  why: 'Whoever may change what it applies has the rights of that account.',
  fix: 'Name an account whose rights end in the namespace that it deploys to.',
  references: ['https://fluxcd.io/flux/components/kustomize/kustomizations/#role-based-access-control'],
};

export const danglingAccount: RbacRule = {
  ...WHOLE,
  id: 'rbac/dangling-account',
  alias: 'RB-086',
  title: 'Bindings name service accounts that are there',
  severity: 'medium',
  scale:
    'medium; low where all that is known of the namespace is the binding, in kube-system, and where apps of the cluster could not be counted',
  why: 'Whoever may create an account of that name, or pods that name it, gets the role.',
  fix: 'Create the account in this repository, or remove the subject.',
  references: [RBAC_DOCS],
};

/** In report order. */
export const ACCOUNT_RULES: readonly RbacRule[] = [
  exposedTakeover,
  accountSwitch,
  defaultAccount,
  tokenAutomount,
  tokenByHand,
  danglingAccount,
  fluxAccount,
];
