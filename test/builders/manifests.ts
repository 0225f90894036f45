import type { FakeFile } from '../fakes/source-tree.ts';

/** Files of a repository, YAML written as JSON where that is shorter. */
export type Files = Readonly<Record<string, FakeFile>>;

export const OWN_URL = 'https://github.com/acme/clusters';

function yaml(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** An Application of this repository in `argocd`, for the namespace `shop` of `production`. */
export function applicationText(name: string, source: object, spec: object = {}): string {
  const destination = { name: 'production', namespace: 'shop' };
  const own = { repoURL: OWN_URL, targetRevision: 'main', ...source };
  return yaml({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: { project: 'default', source: own, destination, ...spec },
  });
}

/** The same with several sources. */
export function multiSourceText(name: string, ...sources: readonly object[]): string {
  return yaml({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      sources: sources.map((source) => ({ repoURL: OWN_URL, targetRevision: 'main', ...source })),
      destination: { name: 'production', namespace: 'shop' },
    },
  });
}

export function applicationSetText(name: string, spec: object): string {
  const metadata = { name, namespace: 'argocd' };
  return yaml({ apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata, spec });
}

/** What most sets generate: an app `<name>` that renders `<path>`. */
export function setTemplate(name: string, path: string, more: object = {}): object {
  return {
    metadata: { name },
    spec: {
      project: 'default',
      source: { repoURL: OWN_URL, targetRevision: 'main', path },
      destination: { name: 'production', namespace: 'shop' },
      ...more,
    },
  };
}

/** A Flux object in `flux-system`. */
export function fluxText(apiVersion: string, kind: string, name: string, spec: object): string {
  return yaml({ apiVersion, kind, metadata: { name, namespace: 'flux-system' }, spec });
}

export function kustomizationText(name: string, path: string, spec: object = {}): string {
  const sourceRef = { kind: 'GitRepository', name: 'flux-system' };
  return fluxText('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', name, { path, prune: true, sourceRef, ...spec });
}

export function releaseText(name: string, spec: object): string {
  return fluxText('helm.toolkit.fluxcd.io/v2', 'HelmRelease', name, { interval: '1m', ...spec });
}

export function configMapText(name: string, data: Readonly<Record<string, string>>, metadata: object = {}): string {
  return yaml({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data });
}

export function deploymentText(name: string, image: string): string {
  const labels = { app: name };
  return yaml({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  });
}

/** A chart in a folder: its templates by name. */
export function chartFiles(folder: string, templates: Readonly<Record<string, string>>, more: object = {}): Files {
  const named = Object.entries(templates).map(([name, text]) => [`${folder}/templates/${name}`, text]);
  const about = yaml({ apiVersion: 'v2', name: folder.split('/').at(-1), version: '1.0.0', ...more });
  return { [`${folder}/Chart.yaml`]: about, ...Object.fromEntries(named) };
}

/** As an archive of the chart holds it. */
export function withoutFolder(files: Files, folder: string): Files {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [path.slice(folder.length + 1), file]));
}

/** A template of a ConfigMap with these lines of `data`. */
export function configTemplate(name: string, ...lines: readonly string[]): string {
  const data = lines.map((line) => `  ${line}\n`).join('');
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: {{ .Release.Namespace }}\ndata:\n${data}`;
}
