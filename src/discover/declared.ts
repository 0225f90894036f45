import type { JsonObject } from '../model/json.ts';
import type { DeclaredApp, Policy } from '../model/policy.ts';
import type { Definition } from './convention.ts';

/** What a declared app takes for the address of this repository where nobody says how it is called. */
export const THIS_REPOSITORY = 'https://this-repository.invalid/';

/** The controller objects that stand for apps which are declared in base policy because they live elsewhere. */
export function declaredDefinitions({ apps }: Policy): readonly Definition[] {
  return apps.map((app) => ({
    object: app.kind === 'Application' ? application(app) : kustomization(app),
    definedIn: { file: '', line: 1 },
    cluster: app.cluster,
  }));
}

function application({ name, namespace, cluster, path, targetNamespace = '', options }: DeclaredApp): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace },
    spec: {
      source: { ...options, repoURL: THIS_REPOSITORY, path },
      destination: { name: cluster, namespace: targetNamespace },
    },
  };
}

function kustomization({ name, namespace, path, targetNamespace, options }: DeclaredApp): JsonObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace },
    spec: {
      ...options,
      path,
      ...(targetNamespace === undefined ? {} : { targetNamespace }),
      sourceRef: { kind: 'GitRepository', name: 'flux-system', namespace: 'flux-system' },
    },
  };
}
