import { type App, appId, type PlainKind } from '../model/app.ts';
import { HERE } from '../model/content.ts';
import { baseNameOf, folderOf, foldersAbove, joinPath } from '../model/path.ts';
import type { Policy } from '../model/policy.ts';
import type { RenderSource } from '../model/render-source.ts';
import { clusterNamed, clusterOfPath } from './clusters.ts';
import { isKustomization, isManifestName, type Listing } from './listing.ts';
import { type KustomizeGraph, topsReaching } from './kustomize-graph.ts';

/** What a path that no app reads belongs to; `none` is no manifest as far as its name tells. */
export type PlainHome =
  | { readonly kind: 'KustomizeRoot'; readonly folders: readonly string[] }
  | { readonly kind: 'Chart'; readonly folder: string }
  | { readonly kind: 'Manifests'; readonly folder: string }
  | { readonly kind: 'none' };

/** The outermost chart around a path: a chart in `charts/` of another is part of that one. */
function chartAround(path: string, { files }: Listing): string | undefined {
  return foldersAbove(folderOf(path)).findLast((folder) => files.has(joinPath(folder, 'Chart.yaml')));
}

/** What Helm renders from, and not what merely lies below: a `Chart.yaml` at the root must not swallow a repository. */
function isOfChart(path: string, chart: string): boolean {
  const [first = '', ...below] = path.slice(chart === '' ? 0 : chart.length + 1).split('/');
  return below.length === 0
    ? !isManifestName(first) || /^(Chart|values[^/]*|requirements)\./.test(first)
    : ['templates', 'crds', 'charts'].includes(first);
}

export function plainHome(path: string, listing: Listing, graph: KustomizeGraph): PlainHome {
  const folders = topsReaching(path, graph);
  if (folders.length > 0) return { kind: 'KustomizeRoot', folders };
  const chart = chartAround(path, listing);
  if (chart !== undefined && isOfChart(path, chart)) return { kind: 'Chart', folder: chart };
  if (!isManifestName(path) || isKustomization(path)) return { kind: 'none' };
  return { kind: 'Manifests', folder: folderOf(path) };
}

function plainRoot(kind: PlainKind, source: RenderSource, policy: Policy): App {
  const folder = source.path;
  const cluster = clusterOfPath(joinPath(folder, 'x'), policy) ?? '';
  const identity = { kind, name: folder || '.', namespace: '', cluster };
  return { id: appId(identity), ...identity, path: folder, source };
}

/** With the options of a controller that was told nothing; the tree is the outer wall of what it may read. */
export function kustomizeRoot(folder: string, policy: Policy): App {
  return plainRoot(
    'KustomizeRoot',
    { type: 'kustomize', path: folder, input: { loadRestrictor: 'none' }, content: HERE },
    policy,
  );
}

export function chartRoot(folder: string, policy: Policy): App {
  const known = clusterNamed(clusterOfPath(joinPath(folder, 'x'), policy) ?? '', policy);
  const facts = { kubeVersion: known?.kubernetes ?? '', apiVersions: known?.apiVersions ?? [] };
  const input = { releaseName: releaseNameOf(folder), namespace: 'default', ...(known === undefined ? {} : facts) };
  return plainRoot('Chart', { type: 'helm', path: folder, input, content: HERE }, policy);
}

/** Only these files of the folder: its other files have their own readers. */
export function manifestsRoot(folder: string, files: readonly string[], policy: Policy): App {
  return plainRoot(
    'Manifests',
    { type: 'directory', path: folder, input: { files: files.map((file) => `/${file}`) }, content: HERE },
    policy,
  );
}

/** Helm wants a DNS label of at most 53 characters. */
function releaseNameOf(folder: string): string {
  const name = baseNameOf(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-');
  return name.replace(/^-+/, '').slice(0, 53).replace(/-+$/, '') || 'release';
}
