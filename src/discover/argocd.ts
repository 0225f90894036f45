import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import { baseNameOf, folderOf, foldersAbove, isWithin, joinPath, normalPath } from '../model/path.ts';
import type { RenderSource } from '../model/render-source.ts';
import { followsBranch, isThisRepository } from '../model/repository-url.ts';
import { MODES } from '../model/tree.ts';
import { argocdEnvironment, expand } from './argocd-environment.ts';
import { clusterOfServer } from './clusters.ts';
import { type Convention, definedApp, type Definition, type DiscoverContext } from './convention.ts';
import { KUSTOMIZATION_NAMES, type Listing } from './listing.ts';

const GROUP = /^argoproj\.io\//;
const TYPES = ['helm', 'kustomize', 'directory', 'plugin'] as const;
type SourceType = (typeof TYPES)[number];

/** Argo CD Applications: https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/ */
export const argocd: Convention = {
  id: 'argocd',
  defines: (object) =>
    GROUP.test(textAt(object, 'apiVersion')) &&
    textAt(object, 'kind') === 'Application' &&
    isWhole(objectAt(object, 'spec')),
  toApp(definition, context) {
    const { name, namespace } = objectIdOf(definition.object);
    const spec = objectAt(definition.object, 'spec');
    const identity = {
      kind: 'Application',
      name,
      namespace: namespace || 'argocd',
      cluster: clusterOf(definition, context),
    } as const;
    const source = sourceOf(spec, { ...definition, name, context });
    return definedApp(identity, source, definition);
  },
};

/** A patch of an Application names no repository or no destination; it is no app. */
function isWhole(spec: JsonObject): boolean {
  const hasSource =
    textAt(objectAt(spec, 'source'), 'repoURL') !== '' ||
    listAt(spec, 'sources').length > 0 ||
    isObject(spec['sourceHydrator']);
  return hasSource && Object.keys(objectAt(spec, 'destination')).length > 0;
}

function clusterOf({ object, definedIn }: Definition, { policy }: DiscoverContext): string {
  const destination = objectAt(objectAt(object, 'spec'), 'destination');
  return textAt(destination, 'name') || clusterOfServer(textAt(destination, 'server'), definedIn.file, policy);
}

interface Place {
  readonly object: JsonObject;
  readonly name: string;
  readonly context: DiscoverContext;
}

function sourceOf(spec: JsonObject, place: Place): RenderSource {
  // It wins over both others: https://github.com/argoproj/argo-cd/blob/v3.6.1/pkg/apis/application/v1alpha1/types.go (GetSource)
  if (isObject(spec['sourceHydrator'])) {
    const dry = normalPath(textAt(objectAt(spec['sourceHydrator'], 'drySource'), 'path')) ?? '';
    return {
      type: 'unknowable',
      path: dry,
      reason: 'its source is hydrated in the cluster, which presync does not do yet',
    };
  }
  const several = listAt(spec, 'sources').filter(isObject);
  if (several.length > 1) {
    return { type: 'unknowable', path: '', reason: 'it has several sources, which presync does not render yet' };
  }
  const source = several[0] ?? objectAt(spec, 'source');
  const written = textAt(source, 'path');
  const path = normalPath(written);
  const url = textAt(source, 'repoURL');
  const revision = textAt(source, 'targetRevision');
  const { ownUrls, baseBranch } = place.context;
  if (textAt(source, 'chart') !== '') {
    return { type: 'elsewhere', path: '', where: `chart ${textAt(source, 'chart')} ${revision} of ${url}` };
  }
  if (!isThisRepository(url, ownUrls)) return { type: 'elsewhere', path: written, where: url };
  if (path === undefined) return { type: 'unknowable', path: '', reason: `its path ${written} leaves the repository` };
  if (!followsBranch(revision, baseBranch)) {
    return { type: 'elsewhere', path, where: `revision ${revision} of this repository` };
  }
  return inThisRepository(path, source, spec, place);
}

/** Which tool, as Argo CD's repo-server decides: https://github.com/argoproj/argo-cd/blob/master/util/app/discovery/discovery.go */
function inThisRepository(path: string, source: JsonObject, spec: JsonObject, place: Place): RenderSource {
  const { listing, policy } = place.context;
  const stop = (reason: string): RenderSource => ({ type: 'unknowable', path, reason });
  const outside = contentOutside(path, source, listing);
  if (outside !== undefined) return stop(outside);
  const overrides = overrideNames(place.object).find((name) => listing.files.has(joinPath(path, name)));
  if (overrides !== undefined)
    return stop(`${joinPath(path, overrides)} overrides its source, which presync does not read yet`);
  const explicit = TYPES.filter((type) => isObject(source[type]));
  if (explicit.length > 1) return stop(`spec.source sets ${explicit.join(' and ')}; Argo CD accepts one of them`);
  switch (explicit[0] ?? detect(path, listing)) {
    case 'plugin':
      return stop(`config management plugin ${textAt(objectAt(source, 'plugin'), 'name') || '(unnamed)'} renders it`);
    case 'helm':
      return helmSource(path, objectAt(source, 'helm'), spec, place);
    case 'kustomize':
      return {
        type: 'kustomize',
        path,
        input: kustomizeInput(objectAt(source, 'kustomize'), policy.argocd.kustomizeBuildOptions),
      };
    case 'directory':
      return { type: 'directory', path, input: { ...objectAt(source, 'directory') } };
  }
}

/** An Application outside of Argo CD's own namespace is called `<namespace>_<name>` there (InstanceName). */
function overrideNames(object: JsonObject): readonly string[] {
  const { name, namespace } = objectIdOf(object);
  return ['.argocd-source.yaml', `.argocd-source-${name}.yaml`, `.argocd-source-${namespace}_${name}.yaml`];
}

/** Argo CD checks submodules out and walks through a linked folder by rules of its own; neither is in this tree. */
function contentOutside(path: string, source: JsonObject, listing: Listing): string | undefined {
  const { files, tree } = listing;
  const link = foldersAbove(path).find((folder) => files.get(folder)?.mode === MODES.link);
  if (link !== undefined) return `its path goes through the symbolic link ${link}`;
  const recoded = listing.recoded.find((folder) => isWithin(path, folder) || isWithin(folder, path));
  if (recoded !== undefined)
    return `a .gitattributes makes other files of those in ${recoded || 'the root folder'} when they are checked out`;
  const isFlat = detect(path, listing) === 'directory' && objectAt(source, 'directory')['recurse'] !== true;
  const module = tree.entries.find((entry) => entry.mode === MODES.submodule && isWithin(entry.path, path));
  if (module === undefined || (isFlat && module.path !== path)) return undefined;
  return `the submodule ${module.path} lies in its path, and presync does not read submodules`;
}

/** Files directly in the folder decide; of several the lexically last wins. */
function detect(path: string, { files }: Listing): SourceType {
  const names = [...files.keys()].filter((file) => folderOf(file) === path).map(baseNameOf);
  const telling = names.filter((name) => name.endsWith('Chart.yaml') || KUSTOMIZATION_NAMES.includes(name)).toSorted();
  const last = telling.at(-1);
  if (last === undefined) return 'directory';
  return last.endsWith('Chart.yaml') ? 'helm' : 'kustomize';
}

function kustomizeInput(options: JsonObject, buildOptions: string): JsonObject {
  const unrestricted = /LoadRestrictionsNone/.test(buildOptions);
  const { version: _, kubeVersion: __, apiVersions: ___, ...edits } = options;
  const loadRestrictor = unrestricted ? 'none' : 'root';
  return Object.keys(edits).length === 0 ? { loadRestrictor } : { loadRestrictor, edits };
}

function helmSource(path: string, helm: JsonObject, spec: JsonObject, { name, context }: Place): RenderSource {
  const environment = argocdEnvironment(name, spec);
  const valueFiles = textsAt(helm, 'valueFiles').map((file) => expand(file, environment));
  const foreign = valueFiles.find((file) => file.startsWith('$') || /^[a-z0-9+.-]+:\/\//i.test(file));
  if (foreign !== undefined)
    return { type: 'unknowable', path, reason: `its values file ${foreign} lies outside this repository` };
  const destination = textAt(objectAt(spec, 'destination'), 'namespace');
  const parameters = listAt(helm, 'parameters').filter(isObject);
  const named = [
    'values',
    'valuesObject',
    'kubeVersion',
    'apiVersions',
    'skipCrds',
    'skipTests',
    'skipSchemaValidation',
    'ignoreMissingValueFiles',
  ];
  const taken = named.filter((key) => helm[key] !== undefined).map((key) => [key, helm[key] ?? null] as const);
  const fileParameters = listAt(helm, 'fileParameters').filter(isObject);
  const input: JsonObject = {
    ...Object.fromEntries(taken),
    releaseName: textAt(helm, 'releaseName') || name,
    namespace: textAt(helm, 'namespace') || destination,
    valueFiles: valueFiles.map((file) => rooted(path, file)),
    parameters: parameters.map((one) => ({ ...one, value: expand(textAt(one, 'value'), environment) })),
    fileParameters: fileParameters.map((one) => ({
      ...one,
      path: rooted(path, expand(textAt(one, 'path'), environment)),
    })),
  };
  return { type: 'helm', path, input: withKubeVersion(input, context) };
}

/** A path that starts with `/` starts at the repository, any other at the app's folder. */
function rooted(folder: string, file: string): string {
  return file.startsWith('/') ? file : `/${joinPath(folder, file)}`;
}

function withKubeVersion(input: JsonObject, { policy }: DiscoverContext): JsonObject {
  const versions = [...new Set(Object.values(policy.clusters).map(({ kubernetes }) => kubernetes))];
  const [only] = versions;
  return input['kubeVersion'] === undefined && versions.length === 1 && only !== undefined
    ? { ...input, kubeVersion: only }
    : input;
}
