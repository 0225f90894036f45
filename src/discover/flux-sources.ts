import { type Content, type Copy, HERE } from '../model/content.ts';
import { canonicalJson, isObject, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import type { GitWant, OciWant } from '../model/remote-want.ts';
import { followsBranch, isThisRepository } from '../model/repository-url.ts';
import { generatedArtifact, isGenerator } from './artifact-generator.ts';
import type { Definition, DiscoverContext } from './convention.ts';
import { fluxCluster } from './flux-cluster.ts';

/** Which source object; `kind` is one of source-controller's or source-watcher's. */
export interface SourceName {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** What a source holds, what source-controller leaves out of it, and where in it one starts; or why that cannot be known. */
export type FluxSource =
  | { readonly content: Content; readonly ignore: string; readonly root: string }
  | { readonly reason: string };

/** Sources that include and generate one another, this deep. */
const MAX_DEPTH = 5;

/** For whom a source is looked up: the object that refers to it. */
export interface Seeker {
  readonly definition: Definition;
  readonly context: DiscoverContext;
  readonly depth?: number;
}

type Reader = (object: JsonObject, seeker: Seeker) => FluxSource;

const READERS: Readonly<Record<string, Reader>> = {
  GitRepository: gitRepository,
  OCIRepository: (object) => ociRepository(object, 'artifact'),
  Bucket: bucket,
};

function here(content: Content, ignore = ''): FluxSource {
  return { content, ignore, root: '' };
}

/** The name in `sourceRef`, `chartRef` and the like. */
export function sourceName(reference: JsonObject, namespace: string): SourceName {
  return {
    kind: textAt(reference, 'kind'),
    name: textAt(reference, 'name'),
    namespace: textAt(reference, 'namespace') || namespace,
  };
}

export function sourceNamed(wanted: SourceName, seeker: Seeker): FluxSource {
  if ((seeker.depth ?? 0) > MAX_DEPTH) return { reason: `sources refer to one another deeper than ${MAX_DEPTH}` };
  if (wanted.kind === 'ExternalArtifact') return externalArtifact(wanted, seeker);
  const read = READERS[wanted.kind];
  if (read === undefined)
    return { reason: `its source is ${wanted.kind} ${wanted.name}, a kind that presync does not know` };
  const found = definitionsNamed(wanted, seeker.context);
  if (found.length > 0) return unanimous(found, wanted, seeker, ({ object }) => read(object, seeker));
  if (wanted.kind === 'Bucket') return bucket({ metadata: { name: wanted.name, namespace: wanted.namespace } }, seeker);
  // `flux bootstrap` creates this one in the cluster, from this very repository.
  if (wanted.kind === 'GitRepository' && wanted.name === 'flux-system') return here(HERE);
  return { reason: `${wanted.kind} ${wanted.namespace}/${wanted.name} is in no file of this repository` };
}

/** The `spec` of the object itself, where the cluster of the seeker cannot hold another one. */
export function objectNamed(
  wanted: SourceName,
  seeker: Seeker,
): { readonly spec: JsonObject } | { readonly reason: string } {
  const found = definitionsNamed(wanted, seeker.context);
  if (found.length === 0)
    return { reason: `${wanted.kind} ${wanted.namespace}/${wanted.name} is in no file of this repository` };
  return unanimous(found, wanted, seeker, ({ object }) => ({ spec: objectAt(object, 'spec') }));
}

function definitionsNamed(
  { kind, name, namespace }: SourceName,
  { definitions }: DiscoverContext,
): readonly Definition[] {
  return definitions.filter(({ object }) => {
    const id = objectIdOf(object);
    return id.kind === kind && id.name === name && (id.namespace || 'flux-system') === namespace;
  });
}

/** Which of several definitions the cluster holds is not known, so it must not matter; those of the own cluster come first. */
function unanimous<Answer extends object>(
  found: readonly Definition[],
  { kind, name, namespace }: SourceName,
  { definition, context }: Seeker,
  read: (one: Definition) => Answer,
): Answer | { readonly reason: string } {
  const cluster = fluxCluster(definition, context);
  const near = found.filter((one) => fluxCluster(one, context) === cluster);
  for (const some of [found, near]) {
    const [answer, ...others] = some.map(read);
    if (answer !== undefined && others.every((other) => canonicalJson(other) === canonicalJson(answer))) return answer;
  }
  const files = [...new Set(found.map(({ definedIn }) => definedIn.file))].filter((file) => file !== '').toSorted();
  return { reason: `${kind} ${namespace}/${name} is defined in several ways: ${files.join(', ')}` };
}

function gitRepository(repository: JsonObject, seeker: Seeker): FluxSource {
  const spec = objectAt(repository, 'spec');
  const { ownUrls, baseBranch } = seeker.context;
  const [url, ignore] = [textAt(spec, 'url'), textAt(spec, 'ignore')];
  const want = gitWant(url, objectAt(spec, 'ref'));
  const isOwn = isThisRepository(url, ownUrls) && want.range === undefined && followsBranch(want.ref, baseBranch);
  const content: Content = isOwn ? HERE : { type: 'remote', want };
  const includes = listAt(spec, 'include').filter(isObject);
  return includes.length === 0
    ? here(content, ignore)
    : withIncludes({ content, ignore }, includes, repository, seeker);
}

/** Flux prefers commit, then name, semver, tag, branch; without any it follows `master`. https://fluxcd.io/flux/components/source/gitrepositories/#reference */
function gitWant(url: string, ref: JsonObject): GitWant {
  const [commit, name, range, tag] = ['commit', 'name', 'semver', 'tag'].map((key) => textAt(ref, key));
  if (commit || name) return { kind: 'git', url, ref: commit || name || '' };
  if (range) return { kind: 'git', url, ref: '', range };
  return { kind: 'git', url, ref: tag ? `refs/tags/${tag}` : `refs/heads/${textAt(ref, 'branch') || 'master'}` };
}

/** https://fluxcd.io/flux/components/source/gitrepositories/#include */
function withIncludes(
  own: { readonly content: Content; readonly ignore: string },
  includes: readonly JsonObject[],
  repository: JsonObject,
  seeker: Seeker,
): FluxSource {
  const { namespace } = objectIdOf(repository);
  const copies: Copy[] = [{ from: own.content, ignore: own.ignore, path: '', exclude: [], to: '' }];
  for (const include of includes) {
    const name = textAt(objectAt(include, 'repository'), 'name');
    const wanted = { kind: 'GitRepository', name, namespace: namespace || 'flux-system' };
    const found = sourceNamed(wanted, { ...seeker, depth: (seeker.depth ?? 0) + 1 });
    if ('reason' in found) return found;
    const from = textAt(include, 'fromPath').replace(/^(\.?\/)+|\/+$/g, '');
    const to = textAt(include, 'toPath') || name;
    copies.push({
      from: found.content,
      ignore: found.ignore,
      path: from === '' ? '**' : `${from}/**`,
      exclude: [],
      to: `${to}/`,
    });
  }
  // source-controller excludes from the whole, after it has included.
  return here({ type: 'composed', copies }, own.ignore);
}

/** https://fluxcd.io/flux/components/source/ocirepositories/ */
export function ociRepository(object: JsonObject, content: 'artifact' | 'chart'): FluxSource {
  const spec = objectAt(object, 'spec');
  const ref = objectAt(spec, 'ref');
  const [digest, range, tag] = ['digest', 'semver', 'tag'].map((key) => textAt(ref, key));
  const layer = objectAt(spec, 'layerSelector');
  const filter = textAt(ref, 'semverFilter');
  if (filter !== '') return { reason: `its OCIRepository has ref.semverFilter ${filter}, which presync does not know` };
  const want: OciWant = {
    kind: 'oci',
    url: textAt(spec, 'url'),
    reference: digest || (range ? '' : tag || ''),
    ...(range && !digest ? { range } : {}),
    content,
    ...(textAt(layer, 'mediaType') === '' ? {} : { mediaType: textAt(layer, 'mediaType') }),
    operation: textAt(layer, 'operation') === 'copy' ? 'copy' : 'extract',
  };
  return here({ type: 'remote', want }, textAt(spec, 'ignore'));
}

/** What a Bucket holds is known only where policy says which folder it is filled from. */
function bucket(object: JsonObject, { context }: Seeker): FluxSource {
  const { name, namespace } = objectIdOf(object);
  const home = namespace || 'flux-system';
  const declared = context.policy.flux.buckets.find((one) => one.name === name && one.namespace === home);
  if (declared === undefined)
    return {
      reason: `its source is Bucket ${home}/${name}; where it is filled from this repository, declare it under flux.buckets in .presync.yaml`,
    };
  return { content: HERE, ignore: textAt(objectAt(object, 'spec'), 'ignore'), root: declared.path };
}

/** https://fluxcd.io/flux/components/source/artifactgenerators/ */
function externalArtifact(wanted: SourceName, seeker: Seeker): FluxSource {
  const deeper = { ...seeker, depth: (seeker.depth ?? 0) + 1 };
  const { name, namespace } = wanted;
  const folders = seeker.context.listing.folders;
  const resolve = (source: JsonObject) => sourceNamed(sourceName(source, namespace), deeper);
  const generators = seeker.context.definitions.filter(
    ({ object }) => isGenerator(object) && (objectIdOf(object).namespace || 'flux-system') === namespace,
  );
  const made = (object: JsonObject) => generatedArtifact(object, name, { folders, resolve });
  const makers = generators.filter(({ object }) => made(object) !== undefined);
  if (makers.length === 0)
    return { reason: `no ArtifactGenerator of this repository makes ExternalArtifact ${namespace}/${name}` };
  return unanimous(makers, wanted, seeker, ({ object }): FluxSource => {
    const artifact = made(object) ?? { reason: '' };
    return 'reason' in artifact ? artifact : here({ type: 'composed', copies: artifact.copies });
  });
}
