import { groupOf, type Manifest } from '../../model/manifest.ts';

const KINDS: Readonly<Record<string, readonly string[]>> = {
  'argoproj.io': ['AppProject', 'Application'],
  'kustomize.toolkit.fluxcd.io': ['Kustomization'],
  'helm.toolkit.fluxcd.io': ['HelmRelease'],
};
const MAPS: ReadonlySet<string> = new Set(['argocd-cm', 'argocd-rbac-cm', 'argocd-cmd-params-cm']);

/** Does it say with whose rights what is deployed? */
export function isGitops({ id }: Manifest): boolean {
  const group = groupOf(id.apiVersion);
  if (group === '') return id.kind === 'ConfigMap' && MAPS.has(id.name);
  return Object.hasOwn(KINDS, group) && (KINDS[group] ?? []).includes(id.kind);
}
