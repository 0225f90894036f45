import { matchesGlob } from '../../model/glob.ts';
import { isObject, type JsonValue, listAt, objectAt, pointer, textAt, textsAt } from '../../model/json.ts';
import { groupOf, type Manifest } from '../../model/manifest.ts';
import type { Severity } from '../../model/severity.ts';
import { isPrivileged, reachesPrivileged } from './scope.ts';
import { quoted } from './wording.ts';

/** One thing that an object of a GitOps controller lets happen. */
export interface Loose {
  readonly pointer: string;
  /** In normal form. */
  readonly facet: string;
  /** After "it". */
  readonly sentence: string;
  readonly severity?: Severity;
}

function inSpec(field: string): string {
  return pointer('spec', field);
}

function isOf({ id }: Manifest, group: string, ...kinds: readonly string[]): boolean {
  return groupOf(id.apiVersion) === group && kinds.includes(id.kind);
}

function specOf({ object }: Manifest): ReturnType<typeof objectAt> {
  return objectAt(object, 'spec');
}

/** Matches whatever there is: `*`, `**`, and the regular expressions that do. */
function isAny(pattern: string): boolean {
  return /^(?:\*+|\/\.[*+]\/)$/.test(pattern);
}

export function looseProject(manifest: Manifest): readonly Loose[] {
  if (!isOf(manifest, 'argoproj.io', 'AppProject')) return [];
  const spec = specOf(manifest);
  const repos = textsAt(spec, 'sourceRepos').filter(isAny);
  const places = listAt(spec, 'destinations').filter((one) => isAny(textAt(one, 'namespace')) || isAnyServer(one));
  const kinds = listAt(spec, 'clusterResourceWhitelist').filter(isAnyKind);
  const ruling = listAt(spec, 'clusterResourceWhitelist').filter(isRuling);
  const privileged = listAt(spec, 'destinations').filter(
    (one) => !places.includes(one) && reachesPrivileged(textAt(one, 'namespace')),
  );
  const namespaces = textsAt(spec, 'sourceNamespaces').filter((one) => /[*?[]|^\/.*\/$/.test(one));
  return [
    ...repos.map(() => ({
      pointer: inSpec('sourceRepos'),
      facet: 'repos',
      sentence: 'takes content of every repository',
    })),
    ...places.map((one) => ({
      pointer: inSpec('destinations'),
      facet: `to ${textAt(one, 'server')} ${textAt(one, 'name')} ${textAt(one, 'namespace')}`,
      sentence: `deploys to ${isAny(textAt(one, 'namespace')) ? 'every namespace' : 'every cluster'}`,
    })),
    ...privileged.map((one) => ({
      pointer: inSpec('destinations'),
      facet: `to ${textAt(one, 'server')} ${textAt(one, 'name')} ${textAt(one, 'namespace')}`,
      sentence: `deploys into namespace ${quoted(textAt(one, 'namespace'))}, whose objects rule the cluster`,
    })),
    ...ruling.map((one) => ({
      pointer: inSpec('clusterResourceWhitelist'),
      facet: `kinds ${textAt(one, 'group')} ${textAt(one, 'kind')}`,
      sentence: `brings ${quoted(textAt(one, 'kind'))}, by which its Applications give themselves rights`,
    })),
    ...kinds.map((one) => ({
      pointer: inSpec('clusterResourceWhitelist'),
      facet: `kinds ${textAt(one, 'group')}`,
      sentence: `brings every kind without a namespace of the API group ${quoted(textAt(one, 'group'))}`,
    })),
    ...namespaces.map((one) => ({
      pointer: inSpec('sourceNamespaces'),
      facet: `from ${one}`,
      sentence: `takes Applications from namespaces like ${quoted(one)}`,
    })),
  ];
}

/** Kinds without a namespace that make somebody more than it was, by one of the names that a pattern may reach. */
const RULING: readonly string[] = [
  'ClusterRole',
  'ClusterRoleBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

/** Does the entry of a project that brings it have a finding of its own? */
export function isLooseKind(kind: JsonValue): boolean {
  return isAnyKind(kind) || isRuling(kind);
}

function isAnyKind(kind: JsonValue): boolean {
  return isAny(textAt(kind, 'kind'));
}

function isRuling(kind: JsonValue): boolean {
  const pattern = textAt(kind, 'kind');
  return !isAny(pattern) && RULING.some((name) => matchesGlob(pattern, name));
}

function isAnyServer(destination: JsonValue): boolean {
  return isAny(textAt(destination, 'server')) || isAny(textAt(destination, 'name'));
}

export function escapes(manifest: Manifest): readonly Loose[] {
  if (!isOf(manifest, 'argoproj.io', 'Application')) return [];
  const spec = specOf(manifest);
  const namespace = textAt(objectAt(spec, 'destination'), 'namespace');
  const isDefault = ['', 'default'].includes(textAt(spec, 'project'));
  return [
    ...(isPrivileged(namespace)
      ? [
          {
            pointer: pointer('spec', 'destination', 'namespace'),
            facet: `to ${namespace}`,
            sentence: `deploys into namespace ${quoted(namespace)}, whose objects rule the cluster`,
          },
        ]
      : []),
    ...(isDefault
      ? [
          {
            pointer: pointer('spec', 'project'),
            facet: 'project default',
            sentence: 'is of the project `default`, which limits nothing',
            severity: 'low' as const,
          },
        ]
      : []),
  ];
}

export function impersonation(manifest: Manifest): readonly Loose[] {
  if (!isOf(manifest, '', 'ConfigMap') || !['argocd-cm', 'argocd-cmd-params-cm'].includes(manifest.id.name)) return [];
  const key = 'application.sync.impersonation.enabled';
  if (textAt(objectAt(manifest.object, 'data'), key) !== 'false') return [];
  const sentence = 'every sync runs with the rights of Argo CD itself';
  return [{ pointer: pointer('data', key), facet: 'off', sentence }];
}

const FLUX_APPS: readonly (readonly [group: string, kind: string])[] = [
  ['kustomize.toolkit.fluxcd.io', 'Kustomization'],
  ['helm.toolkit.fluxcd.io', 'HelmRelease'],
];

function isFluxApp(manifest: Manifest): boolean {
  return FLUX_APPS.some(([group, kind]) => isOf(manifest, group, kind));
}

export function withoutAccount(manifest: Manifest): readonly Loose[] {
  const spec = specOf(manifest);
  // With a kubeconfig, the rights are those of that cluster's credential.
  if (!isFluxApp(manifest) || textAt(spec, 'serviceAccountName') !== '' || isObject(spec['kubeConfig'])) return [];
  const sentence = 'it names no service account, so it is applied with the rights of the controller';
  return [{ pointer: pointer('spec'), facet: 'no account', sentence }];
}

export function foreignSource(manifest: Manifest): readonly Loose[] {
  if (!isFluxApp(manifest)) return [];
  const spec = specOf(manifest);
  const places: readonly (readonly [JsonValue | undefined, string])[] = [
    [spec['sourceRef'], pointer('spec', 'sourceRef')],
    [spec['chartRef'], pointer('spec', 'chartRef')],
    [objectAt(objectAt(spec, 'chart'), 'spec')['sourceRef'], pointer('spec', 'chart', 'spec', 'sourceRef')],
  ];
  return places.flatMap(([reference, at]) => {
    const namespace = textAt(reference, 'namespace');
    if (namespace === '' || namespace === manifest.id.namespace) return [];
    const sentence = `its content comes from a source in namespace ${quoted(namespace)}`;
    return [{ pointer: `${at}/namespace`, facet: `${namespace}/${textAt(reference, 'name')}`, sentence }];
  });
}
