import { type App, appId, type ControllerKind } from '../model/app.ts';
import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import type { Convention } from './convention.ts';
import { fluxCluster } from './flux.ts';

/** Objects that stand for apps which presync cannot render yet: each is an app that says so, never a missing app. */
const KINDS: Readonly<Record<string, { readonly kind: ControllerKind; readonly reason: string }>> = {
  'argoproj.io/ApplicationSet': { kind: 'ApplicationSet', reason: 'presync does not expand ApplicationSets yet' },
  'helm.toolkit.fluxcd.io/HelmRelease': { kind: 'HelmRelease', reason: 'presync does not fetch the chart of a HelmRelease yet' },
};

function entryOf(object: JsonObject): { readonly kind: ControllerKind; readonly reason: string } | undefined {
  const [group = ''] = textAt(object, 'apiVersion').split('/');
  return KINDS[`${group}/${textAt(object, 'kind')}`];
}

export const unread: Convention = {
  id: 'unread',
  defines: (object) => entryOf(object) !== undefined && isWhole(objectAt(object, 'spec')),
  toApp(definition, context): App {
    const { kind, reason } = entryOf(definition.object) ?? { kind: 'ApplicationSet', reason: '' };
    const { name, namespace } = objectIdOf(definition.object);
    const cluster = kind === 'HelmRelease' ? fluxCluster(definition, context) : '';
    const identity = { kind, name, namespace: namespace || 'default', cluster };
    const path = literalPrefix(pathsIn(definition.object));
    return { id: appId(identity), ...identity, path, definedIn: definition.definedIn, definition: definition.object, source: { type: 'unknowable', path, reason } };
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

/** The folder below which everything of the set lies, '' when that cannot be told; a change below it touches the set. */
function literalPrefix(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split('/')).map((parts) => parts.slice(0, Math.max(0, parts.findIndex((part) => /[{*?[]/.test(part)))));
  const [first = [], ...rest] = folders;
  const shared = first.filter((part, index) => rest.every((other) => other[index] === part));
  return shared.join('/');
}
