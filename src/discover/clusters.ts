import { matchesGlob } from '../model/glob.ts';
import type { ClusterPolicy, Policy } from '../model/policy.ts';

/** The declared cluster whose `paths` hold the file. */
export function clusterOfPath(file: string, policy: Policy): string | undefined {
  return Object.entries(policy.clusters).find(([, { paths }]) => paths.some((glob) => matchesGlob(glob, file)))?.[0];
}

/** How Argo CD calls the cluster in which it runs: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters */
export const IN_CLUSTER = { name: 'in-cluster', server: 'https://kubernetes.default.svc' } as const;

/** The own cluster of Argo CD has a name and a server: an app that names either is in the same one. */
export function clusterOfName(name: string, file: string, policy: Policy): string {
  return name === IN_CLUSTER.name ? clusterOfServer(IN_CLUSTER.server, file, policy) : name;
}

/** DESIGN 5: the declared name, else the server itself. */
export function clusterOfServer(server: string, file: string, policy: Policy): string {
  const named = Object.entries(policy.clusters).filter(([, cluster]) => cluster.server === server);
  const [only] = named;
  if (named.length === 1 && only !== undefined) return only[0];
  if (server === IN_CLUSTER.server && Object.hasOwn(policy.clusters, IN_CLUSTER.name)) return IN_CLUSTER.name;
  return clusterOfPath(file, policy) ?? server;
}

/** The declared cluster of an app, or the only one that there is where the app names none of them. */
export function clusterNamed(name: string, { clusters }: Policy): ClusterPolicy | undefined {
  if (Object.hasOwn(clusters, name)) return clusters[name];
  const [only, ...others] = Object.values(clusters);
  return others.length === 0 ? only : undefined;
}
