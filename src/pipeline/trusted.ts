import { groupOf, type ObjectId } from '../model/manifest.ts';

/** Where a value that nobody can review decides what runs, and as whom: DESIGN 5, "not predictable is not harmless". */
const TRUSTED = [
  // The object itself, or so much of it that the rest may be in there.
  /^$|^\/spec$|\/template$|\/template\/spec$|\/(containers|initContainers|ephemeralContainers|volumes)(\/\d+)?$/,
  /^\/(apiVersion|kind|metadata|metadata\/namespace)$/,
  /^\/(rules|aggregationRule|roleRef|subjects)(\/|$)/,
  /\/(image|serviceAccountName|serviceAccount|hostNetwork|hostPID|hostIPC|hostPath)$/,
  /\/securityContext(\/|$)/,
];

const OF_ARGOCD = new Set(['Application', 'ApplicationSet', 'AppProject']);

/** What it says brings further objects, which are found by the form that is shown. */
export function isController({ apiVersion, kind }: ObjectId): boolean {
  const group = groupOf(apiVersion);
  return (group === 'argoproj.io' && OF_ARGOCD.has(kind)) || group.endsWith('.toolkit.fluxcd.io');
}

/** Does it decide what runs, as whom, and with which rights, what stands there? */
export function isTrusted(id: ObjectId, pointer: string): boolean {
  return TRUSTED.some((pattern) => pattern.test(pointer)) || (isController(id) && pointer.startsWith('/spec/'));
}
