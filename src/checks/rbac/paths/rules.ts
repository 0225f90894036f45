import { GOOD_PRACTICES, type RbacRule } from '../rule.ts';

const TAKEOVER = {
  enforcement: 'threshold',
  why: 'Whoever gets into the workload, by a flaw in it or by a changed image, goes this way.',
  fix: 'Give the workload an account that may do only what it needs, or do not mount a token: `automountServiceAccountToken: false`.',
  references: [GOOD_PRACTICES],
  takesOver: [],
  hits: () => [],
} as const;

export const workloadTakeover: RbacRule = {
  ...TAKEOVER,
  id: 'rbac/workload-takeover',
  alias: 'RB-103',
  title: 'No workload is a way to power over the cluster',
  severity: 'high',
  scale: 'high',
};

export const escapableTakeover: RbacRule = {
  ...TAKEOVER,
  id: 'rbac/escapable-takeover',
  alias: 'RB-104',
  title: 'No workload that holds a node is a way to power over the cluster',
  severity: 'critical',
  scale: 'critical for workloads with a privileged container, the processes or files of the node',
};

const PATH = {
  enforcement: 'threshold',
  references: [GOOD_PRACTICES, 'https://kubehound.io/reference/attacks/'],
  takesOver: [],
  hits: () => [],
} as const;

export const pathToCluster: RbacRule = {
  ...PATH,
  id: 'rbac/path-to-cluster',
  alias: 'RB-120',
  title: 'Nobody gets from a small right to power over the cluster',
  severity: 'critical',
  scale:
    'critical; high where it goes over what a controller is unless it is told otherwise, or begins in a pod that holds its node; medium over an operator that acts on objects of its own kind',
  why: 'Each step is small and allowed; together they are the cluster, for whoever is at the start.',
  fix: 'Take away one step: the right that the first one uses, or the power of the account that it reaches, or give that account a namespace of its own.',
};

export const pathToNamespace: RbacRule = {
  ...PATH,
  id: 'rbac/path-to-namespace',
  alias: 'RB-121',
  title: 'Nobody gets from one namespace into another over somebody else',
  severity: 'high',
  scale: 'high; medium where it goes over what a controller is unless it is told otherwise, or over an operator',
  why: 'A namespace is the border between teams; this way goes around it.',
  fix: 'Take away one step: the right that the first one uses, or what the account that it reaches may do in the other namespace.',
};

export const pathsNotSearched: RbacRule = {
  ...PATH,
  id: 'rbac/paths-not-searched',
  alias: 'RB-122',
  title: 'All ways were searched',
  severity: 'medium',
  scale: 'medium, and blocks: there may be ways that nobody has looked at',
  enforcement: 'required',
  why: 'The bound keeps what a stranger writes from keeping presync busy; what was not looked at is not known to be harmless.',
  fix: 'Bind fewer subjects to roles that reach everybody in a namespace, or accept it by a waiver.',
};

/** What is only seen along several objects. */
export const PATH_RULES: readonly RbacRule[] = [
  workloadTakeover,
  escapableTakeover,
  pathToCluster,
  pathToNamespace,
  pathsNotSearched,
];
