import type { App, ControllerKind } from '../model/app.ts';
import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import { normalPath } from '../model/path.ts';
import type { RenderSource } from '../model/render-source.ts';
import { type Convention, definedApp } from './convention.ts';
import { fluxCluster } from './flux.ts';

/** Objects that stand for apps which presync cannot render yet: each is an app that says so, never a missing app. */
const KINDS: Readonly<Record<string, { readonly kind: ControllerKind; source(object: JsonObject): RenderSource }>> = {
  'argoproj.io/ApplicationSet': { kind: 'ApplicationSet', source: setSource },
  'helm.toolkit.fluxcd.io/HelmRelease': { kind: 'HelmRelease', source: releaseSource },
};

function setSource(object: JsonObject): RenderSource {
  return {
    type: 'unknowable',
    path: readsElsewhere(object) ? '' : literalPrefix(pathsIn(object)),
    reason: 'presync does not expand ApplicationSets yet',
  };
}

/** A chart from a repository of charts touches this repository by its definition alone, unless values come from the cluster. */
function releaseSource(object: JsonObject): RenderSource {
  const spec = objectAt(object, 'spec');
  const chart = objectAt(objectAt(spec, 'chart'), 'spec');
  const reference = isObject(spec['chartRef']) ? spec['chartRef'] : objectAt(chart, 'sourceRef');
  const kind = textAt(reference, 'kind');
  if (listAt(spec, 'valuesFrom').length > 0) {
    return {
      type: 'unknowable',
      path: '',
      reason: 'it takes values from objects of the cluster, and presync does not fetch its chart yet',
    };
  }
  if (kind === 'GitRepository') {
    const reason = 'presync does not render charts of a HelmRelease yet';
    // Values files stand anywhere in the repository; where there are any, every change may be one of them.
    const path = listAt(chart, 'valuesFiles').length > 0 ? '' : normalPath(textAt(chart, 'chart'));
    return { type: 'unknowable', path: path ?? '', reason };
  }
  if (kind === 'HelmChart')
    return { type: 'unknowable', path: '', reason: 'presync does not follow a chartRef to a HelmChart yet' };
  const where = [textAt(chart, 'chart'), textAt(chart, 'version'), 'of', kind, textAt(reference, 'name')].filter(
    (word) => word !== '',
  );
  return { type: 'elsewhere', path: '', where: `chart ${where.join(' ')}` };
}

function entryOf(object: JsonObject): (typeof KINDS)[string] | undefined {
  const [group = ''] = textAt(object, 'apiVersion').split('/');
  return KINDS[`${group}/${textAt(object, 'kind')}`];
}

export const unread: Convention = {
  id: 'unread',
  defines: (object) => entryOf(object) !== undefined && isWhole(objectAt(object, 'spec')),
  toApp(definition, context): App {
    const entry = entryOf(definition.object) ?? { kind: 'ApplicationSet', source: setSource };
    const { kind } = entry;
    const { name, namespace } = objectIdOf(definition.object);
    const cluster = kind === 'HelmRelease' ? fluxCluster(definition, context) : '';
    const identity = { kind, name, namespace: namespace || 'default', cluster };
    const source = entry.source(definition.object);
    return definedApp(identity, source, definition);
  },
};

/** A document without generators or without a chart patches such an object. */
function isWhole(spec: JsonObject): boolean {
  return listAt(spec, 'generators').length > 0 || isObject(spec['chart']) || isObject(spec['chartRef']);
}

/** Every `path` below; templates included. */
function pathsIn(value: JsonValue): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item as JsonValue));
  if (!isObject(value)) return [];
  const own = typeof value['path'] === 'string' ? [value['path']] : [];
  return [...own, ...Object.values(value).flatMap(pathsIn)];
}

/** Values files outside of the app's folder: from the root, above it, of another source, or known only when expanded. */
function readsElsewhere(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some((item) => readsElsewhere(item as JsonValue));
  if (!isObject(value)) return false;
  const files = listAt(value, 'valueFiles').filter((file) => typeof file === 'string');
  return files.some((file) => /^[/$]|\.\.|\{\{/.test(file)) || Object.values(value).some(readsElsewhere);
}

/** The folder below which everything of the set lies, '' when that cannot be told; a change below it touches the set. */
function literalPrefix(paths: readonly string[]): string {
  const folders = paths
    .map((path) => path.split('/'))
    .map((parts) =>
      parts.slice(
        0,
        Math.max(
          0,
          parts.findIndex((part) => /[{*?[]/.test(part)),
        ),
      ),
    );
  const [first = [], ...rest] = folders;
  const shared = first.filter((part, index) => rest.every((other) => other[index] === part));
  return shared.join('/');
}
