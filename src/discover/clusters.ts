import { matchesGlob } from '../model/glob.ts';
import type { Policy } from '../model/policy.ts';

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
