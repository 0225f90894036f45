import { isObject, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import { joinPath, normalPath } from '../model/path.ts';
import type { RenderSource } from '../model/render-source.ts';
import { clusterNamed } from './clusters.ts';
import { type Convention, definedApp, type Definition, type DiscoverContext } from './convention.ts';
import { fluxCluster } from './flux-cluster.ts';
import { type FluxSource, objectNamed, ociRepository, type Seeker, sourceName, sourceNamed } from './flux-sources.ts';
import { valuesFor } from './flux-values.ts';

/** Flux HelmReleases: https://fluxcd.io/flux/components/helm/helmreleases/ */
export const helmRelease: Convention = {
  id: 'helm-release',
  // A document without a chart patches a release.
  defines: (object) => {
    const spec = objectAt(object, 'spec');
    const isRelease =
      textAt(object, 'apiVersion').startsWith('helm.toolkit.fluxcd.io/') && textAt(object, 'kind') === 'HelmRelease';
    return isRelease && (isObject(spec['chart']) || isObject(spec['chartRef']));
  },
  toApp(definition, context) {
    const { name, namespace } = objectIdOf(definition.object);
    const identity = {
      kind: 'HelmRelease',
      name,
      namespace: namespace || 'default',
      cluster: fluxCluster(definition, context),
    } as const;
    return definedApp(identity, sourceOf(definition, identity.namespace, context), definition);
  },
};

/** Where the chart is, and which object says what of it is used. */
interface Chart {
  readonly source: FluxSource;
  /** The folder of the chart in the source. */
  readonly path: string;
  /** A `spec` like that of a HelmChart; {} where a chartRef leads to the chart itself. */
  readonly spec: JsonObject;
}

function chartOf(spec: JsonObject, namespace: string, seeker: Seeker): Chart | { readonly reason: string } {
  const reference = spec['chartRef'];
  if (!isObject(reference)) return ofChartSpec(objectAt(objectAt(spec, 'chart'), 'spec'), namespace, seeker);
  const wanted = sourceName(reference, namespace);
  switch (wanted.kind) {
    case 'HelmChart': {
      const chart = objectNamed(wanted, seeker);
      return 'reason' in chart ? chart : ofChartSpec(chart.spec, wanted.namespace, seeker);
    }
    case 'OCIRepository': {
      const repository = objectNamed(wanted, seeker);
      if ('reason' in repository) return repository;
      return { source: ociRepository(repository, 'chart'), path: '', spec: {} };
    }
    default:
      return { source: sourceNamed(wanted, seeker), path: '', spec: {} };
  }
}

/** https://fluxcd.io/flux/components/source/helmcharts/ */
function ofChartSpec(chart: JsonObject, namespace: string, seeker: Seeker): Chart | { readonly reason: string } {
  const wanted = sourceName(objectAt(chart, 'sourceRef'), namespace);
  const name = textAt(chart, 'chart');
  if (wanted.kind !== 'HelmRepository') {
    const path = normalPath(name);
    return path === undefined
      ? { reason: `its chart ${name} leaves the repository` }
      : { source: sourceNamed(wanted, seeker), path, spec: chart };
  }
  const repository = objectNamed(wanted, seeker);
  if ('reason' in repository) return repository;
  const [url, version] = [textAt(repository.spec, 'url'), textAt(chart, 'version')];
  const isOci = textAt(repository.spec, 'type') === 'oci' || url.startsWith('oci://');
  const want = isOci
    ? ({
        kind: 'oci',
        url: `${url.replace(/\/+$/, '')}/${name}`,
        reference: version === '*' ? '' : version,
        content: 'chart',
      } as const)
    : ({ kind: 'helm', url, chart: name, version: version === '*' ? '' : version } as const);
  return { source: { content: { type: 'remote', want }, ignore: '', root: '' }, path: '', spec: chart };
}

function stop(reason: string): RenderSource {
  return { type: 'unknowable', path: '', reason };
}

function sourceOf(definition: Definition, namespace: string, context: DiscoverContext): RenderSource {
  const spec = objectAt(definition.object, 'spec');
  const chart = chartOf(spec, namespace, { definition, context });
  if ('reason' in chart) return stop(chart.reason);
  if ('reason' in chart.source) return stop(chart.source.reason);
  const references = valuesFor(listAt(spec, 'valuesFrom').filter(isObject), namespace, definition, context);
  if ('reason' in references) return stop(references.reason);
  const { content, root } = chart.source;
  const path = root === '' ? chart.path : joinPath(root, chart.path);
  const known = clusterNamed(fluxCluster(definition, context), context.policy);
  const isPackaged = ['HelmRepository', ''].includes(textAt(objectAt(chart.spec, 'sourceRef'), 'kind'));
  const input: JsonObject = {
    release: { ...definition.object, spec: { ...spec, chart: { spec: chart.spec } } },
    path: `/${path}`,
    // An optional object that is nowhere is left out, as it is in the cluster.
    references: references.flatMap(({ kind, name, data, unknown }) =>
      data === null ? [] : [{ kind, name, data, unknown }],
    ),
    valuesFilesRoot: isPackaged ? `/${path}` : `/${root}`,
    kubeVersion: known?.kubernetes ?? '',
    apiVersions: known?.apiVersions ?? [],
  };
  return { type: 'release', path, input, content };
}
