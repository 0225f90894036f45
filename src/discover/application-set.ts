import { HERE } from '../model/content.ts';
import { canonicalJson, isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import type { Policy } from '../model/policy.ts';
import { IN_CLUSTER } from './clusters.ts';
import { type Convention, definedApp, type DiscoverContext } from './convention.ts';

/**
 * ApplicationSets: what they render to are Applications, which are apps in turn.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
 */
export const applicationSet: Convention = {
  id: 'application-set',
  // A document without generators patches a set.
  defines: (object) =>
    textAt(object, 'apiVersion').startsWith('argoproj.io/') &&
    textAt(object, 'kind') === 'ApplicationSet' &&
    listAt(objectAt(object, 'spec'), 'generators').length > 0,
  toApp(definition, context) {
    const { name, namespace } = objectIdOf(definition.object);
    const identity = {
      kind: 'ApplicationSet',
      name,
      namespace: namespace || context.policy.argocd.namespace,
      cluster: '',
    } as const;
    const source = { type: 'set', path: '', input: inputOf(definition.object, context), content: HERE } as const;
    return definedApp(identity, source, definition);
  },
};

function inputOf(object: JsonObject, { policy, ownUrls, definitions }: DiscoverContext): JsonObject {
  const { argocd } = policy;
  return {
    applicationSet: object,
    here: { urls: ownUrls },
    clusters: clustersOf(policy),
    samples: asJson(argocd.generators),
    newGitFileGlobbing: argocd.newGitFileGlobbing,
    applicationNamespace: argocd.namespace,
    projects: projectsIn(definitions.map((one) => one.object)),
  };
}

/** The declared clusters, and Argo CD's own where none is it. */
function clustersOf({ clusters }: Policy): readonly JsonValue[] {
  const declared = Object.entries(clusters).map(([name, { server, project, labels, annotations }]) => ({
    name,
    server: server ?? `https://${name}`,
    project: project ?? '',
    labels: { ...labels },
    annotations: { ...annotations },
  }));
  if (declared.some(({ server }) => server === IN_CLUSTER.server)) return declared;
  return [...declared, { ...IN_CLUSTER, project: '', labels: {}, annotations: {} }];
}

export function isProject(object: JsonObject): boolean {
  return textAt(object, 'apiVersion').startsWith('argoproj.io/') && textAt(object, 'kind') === 'AppProject';
}

function projectsIn(objects: readonly JsonObject[]): readonly JsonObject[] {
  return [...new Map(objects.filter(isProject).map((one) => [canonicalJson(one), one])).values()];
}

/** Absent members fall away. */
function asJson(value: unknown): JsonObject {
  const json = JSON.parse(JSON.stringify(value)) as JsonValue;
  return isObject(json) ? json : {};
}
