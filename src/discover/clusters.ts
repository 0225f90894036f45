import { matchesGlob } from '../model/glob.ts';
import type { ClusterPolicy, Policy } from '../model/policy.ts';

/** The declared cluster whose `paths` hold the file. */
export function clusterOfPath(file: string, policy: Policy): string | undefined {
  return Object.entries(policy.clusters).find(([, { paths }]) => paths.some((glob) => matchesGlob(glob, file)))?.[0];
}

/** DESIGN 5: the declared name, else the server itself. */
export function clusterOfServer(server: string, file: string, policy: Policy): string {
  const named = Object.entries(policy.clusters).filter(([, cluster]) => cluster.server === server);
  const [only] = named;
  if (named.length === 1 && only !== undefined) return only[0];
  return clusterOfPath(file, policy) ?? server;
}

/** The declared cluster of an app, or the only one that there is where the app names none of them. */
export function clusterNamed(name: string, { clusters }: Policy): ClusterPolicy | undefined {
  if (Object.hasOwn(clusters, name)) return clusters[name];
  const [only, ...others] = Object.values(clusters);
  return others.length === 0 ? only : undefined;
}
