import { isObject, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';

/**
 * The build environment that is known before the merge; the revision is not, and stays out:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/
 */
export function argocdEnvironment(name: string, spec: JsonObject): ReadonlyMap<string, string> {
  const source = listAt(spec, 'sources').find(isObject) ?? objectAt(spec, 'source');
  return new Map([
    ['ARGOCD_APP_NAME', name],
    ['ARGOCD_APP_NAMESPACE', textAt(objectAt(spec, 'destination'), 'namespace')],
    ['ARGOCD_APP_PROJECT_NAME', textAt(spec, 'project') || 'default'],
    ['ARGOCD_APP_SOURCE_REPO_URL', textAt(source, 'repoURL')],
    ['ARGOCD_APP_SOURCE_PATH', textAt(source, 'path')],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', textAt(source, 'targetRevision')],
  ]);
}

/** `$NAME` and `${NAME}`; `$$` is a dollar. A name that is not known here stays as written. */
export function expand(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$';
    return environment.get(braced ?? bare ?? '') ?? whole;
  });
}
