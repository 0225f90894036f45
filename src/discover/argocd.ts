import { type Content, HERE } from '../model/content.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import { normalPath } from '../model/path.ts';
import type { RenderSource, SingleSource } from '../model/render-source.ts';
import { followsBranch, isThisRepository } from '../model/repository-url.ts';
import { clusterNamed, clusterOfName, clusterOfServer } from './clusters.ts';
import { type Convention, definedApp, type Definition, type DiscoverContext } from './convention.ts';
import { recodedIn } from './listing.ts';

const GROUP = /^argoproj\.io\//;
const REFS = '/.presync/ref';

/** Argo CD Applications: https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/ */
export const argocd: Convention = {
  id: 'argocd',
  defines: (object) =>
    GROUP.test(textAt(object, 'apiVersion')) &&
    textAt(object, 'kind') === 'Application' &&
    isWhole(objectAt(object, 'spec')),
  toApp(definition, context) {
    const { name, namespace } = objectIdOf(definition.object);
    const identity = {
      kind: 'Application',
      name,
      namespace: namespace || context.policy.argocd.namespace,
      cluster: clusterOf(definition, context),
    } as const;
    return definedApp(identity, sourceOf(definition.object, { ...identity, context }), definition);
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
  const name = textAt(destination, 'name');
  if (name !== '') return clusterOfName(name, definedIn.file, policy);
  return clusterOfServer(textAt(destination, 'server'), definedIn.file, policy);
}

interface Place {
  readonly name: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly context: DiscoverContext;
}

/**
 * The hydrated branch is pushed by Argo CD itself, from what the dry source renders to after the merge: that is judged.
 * It wins over both others: https://github.com/argoproj/argo-cd/blob/v3.6.1/pkg/apis/application/v1alpha1/types.go (GetSource)
 */
function writtenSources(spec: JsonObject): readonly JsonObject[] {
  const hydrator = spec['sourceHydrator'];
  if (isObject(hydrator)) return [objectAt(hydrator, 'drySource')];
  const several = listAt(spec, 'sources').filter(isObject);
  return several.length > 0 ? several : [objectAt(spec, 'source')];
}

function sourceOf(object: JsonObject, place: Place): RenderSource {
  const spec = objectAt(object, 'spec');
  const written = writtenSources(spec);
  const problem = written.map((source) => problemOf(source, place.context)).find((one) => one !== undefined);
  if (problem !== undefined)
    return { type: 'unknowable', path: normalPath(textAt(written[0], 'path')) ?? '', reason: problem };
  const refs = written.filter((source) => textAt(source, 'ref') !== '');
  // A source that is only a `ref` gives values files and renders nothing.
  const rendered = written.filter(
    (source) => source['path'] !== undefined || textAt(source, 'chart') !== '' || textAt(source, 'ref') === '',
  );
  const sources = rendered.map((source) => single(source, refs, { spec, place }));
  const [only] = sources;
  if (only === undefined)
    return {
      type: 'unknowable',
      path: '',
      reason: 'each of its sources is a ref for values files, and none renders anything',
    };
  return sources.length === 1 ? only : { type: 'several', path: only.path, sources };
}

function problemOf(source: JsonObject, context: DiscoverContext): string | undefined {
  const path = textAt(source, 'path');
  if (textAt(source, 'repoURL') === '') return 'one of its sources has no repoURL';
  const normal = normalPath(path);
  if (normal === undefined) return `its path ${path} leaves the repository`;
  const recoded = contentOf(source, context) === HERE ? recodedIn(context.listing, normal) : undefined;
  if (recoded === undefined) return undefined;
  return `a .gitattributes makes other files of those in ${recoded || 'the root folder'} when they are checked out`;
}

/** Whose files a source of an Application is made of. */
function contentOf(source: JsonObject, { ownUrls, baseBranch }: DiscoverContext): Content {
  const url = textAt(source, 'repoURL');
  const [chart, revision] = [textAt(source, 'chart'), textAt(source, 'targetRevision')];
  if (chart !== '') return { type: 'remote', want: chartWant(url, chart, revision) };
  if (url.startsWith('oci://'))
    return { type: 'remote', want: { kind: 'oci', url, reference: revision, content: 'artifact' } };
  if (isThisRepository(url, ownUrls) && followsBranch(revision, baseBranch)) return HERE;
  const ref = revision === 'HEAD' ? '' : revision;
  return {
    type: 'remote',
    want: { kind: 'git', url, ref, ...(isRange(revision) ? { range: revision, rangeAs: 'argocd' } : {}) },
  };
}

/** An address without a protocol is an OCI registry: https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-oci */
function chartWant(url: string, chart: string, version: string): Extract<Content, { type: 'remote' }>['want'] {
  if (url.includes('://') && !url.startsWith('oci://')) return { kind: 'helm', url, chart, version };
  const registry = url.replace(/^oci:\/\//, '').replace(/\/+$/, '');
  return { kind: 'oci', url: `oci://${registry}/${chart}`, reference: version, content: 'chart' };
}

/** Whatever is a constraint and no version is looked for among the tags: util/versions of Argo CD. */
function isRange(revision: string): boolean {
  const isConstraint = /^[\s\dvx.*X<>=!~^|,-]+$/.test(revision) && /[*xX<>=~^|]/.test(revision);
  return isConstraint && /\d|\*/.test(revision);
}

interface Whole {
  readonly spec: JsonObject;
  readonly place: Place;
}

function single(source: JsonObject, refs: readonly JsonObject[], { spec, place }: Whole): SingleSource {
  const { name, namespace, cluster, context } = place;
  const { argocd: settings } = context.policy;
  const { kubernetes = '', apiVersions = [] } = clusterNamed(cluster, context.policy) ?? {};
  const content = contentOf(source, context);
  const beside = refs.map((ref) => ({ at: `${REFS}/${textAt(ref, 'ref')}`, content: contentOf(ref, context) }));
  const input: JsonObject = {
    source,
    app: { name, namespace, project: textAt(spec, 'project') || 'default' },
    controllerNamespace: settings.namespace,
    destination: { namespace: textAt(objectAt(spec, 'destination'), 'namespace') },
    kubeVersion: kubernetes,
    apiVersions,
    kustomizeBuildOptions: settings.kustomizeBuildOptions,
    plugins: Object.fromEntries(Object.entries(settings.plugins).map(([key, plugin]) => [key, { ...plugin }])),
    // Without several sources `$name/` is part of a path, as for Argo CD.
    ...(listAt(spec, 'sources').length === 0 ? {} : { refs: refsOf(refs) }),
  };
  return { type: 'argocd', path: normalPath(textAt(source, 'path')) ?? '', input, content, beside };
}

function refsOf(refs: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(
    refs.map((ref) => [
      textAt(ref, 'ref'),
      { at: `${REFS}/${textAt(ref, 'ref')}`, chart: textAt(ref, 'chart') !== '' },
    ]),
  );
}
