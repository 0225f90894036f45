import { isObject, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import type { Definition, DiscoverContext } from './convention.ts';
import { homeCluster } from './flux-cluster.ts';

/** A ConfigMap or Secret as the engine takes it; keys of `unknown` are there with values that nobody tells presync. */
export type KnownValues = {
  readonly kind: string;
  readonly name: string;
  readonly optional: boolean;
  readonly data: Readonly<Record<string, string>> | null;
  readonly unknown: readonly string[];
};

export interface ValuesProblem {
  readonly reason: string;
}

/**
 * What `valuesFrom` and `substituteFrom` refer to: the object that an app of the same cluster brings, else what policy declares. One
 * that is optional and nowhere to be found counts as absent, as in the cluster.
 */
export function valuesFor(
  references: readonly JsonObject[],
  namespace: string,
  definition: Definition,
  context: DiscoverContext,
): readonly KnownValues[] | ValuesProblem {
  const found: KnownValues[] = [];
  for (const reference of references) {
    const one = valuesOf(reference, namespace, definition, context);
    if ('reason' in one) return one;
    found.push(one);
  }
  return found;
}

function valuesOf(
  reference: JsonObject,
  namespace: string,
  definition: Definition,
  context: DiscoverContext,
): KnownValues | ValuesProblem {
  const [kind, name] = [textAt(reference, 'kind'), textAt(reference, 'name')];
  const optional = reference['optional'] === true;
  const cluster = homeCluster(definition, context);
  const declared = context.policy.flux.values.find(
    (one) =>
      one.kind === kind && one.name === name && one.namespace === namespace && (one.cluster ?? cluster) === cluster,
  );
  if (declared !== undefined) return { kind, name, optional, data: declared.data, unknown: declared.unknown };
  const objects = context.objectsOf(cluster).filter((object) => makes(object, kind, name, namespace));
  const contents = objects.map(contentOf).filter((one) => one !== undefined);
  const [first, ...others] = contents;
  const isAll = contents.length === objects.length;
  if (first !== undefined && isAll && others.every((other) => JSON.stringify(other) === JSON.stringify(first)))
    return { kind, name, optional, ...first };
  const what = `${kind} ${namespace}/${name}`;
  if (objects.length > 0) return { reason: whyUnknown(what, objects.length, contents.length) };
  return nowhere(what, context.unseenIn(cluster)) ?? absent({ kind, name, optional }, what);
}

/** What came with content from elsewhere that was not looked at is not known to be absent. */
function nowhere(what: string, unseen: readonly string[]): ValuesProblem | undefined {
  const [first] = unseen;
  if (first === undefined) return undefined;
  return {
    reason: `it takes values from ${what}, which ${first} may bring, and that was not looked at; ${DECLARE}`,
  };
}

function absent(
  { kind, name, optional }: Pick<KnownValues, 'kind' | 'name' | 'optional'>,
  what: string,
): KnownValues | ValuesProblem {
  if (optional) return { kind, name, optional, data: null, unknown: [] };
  return { reason: `it takes values from ${what}, which no app of this repository brings; ${DECLARE}` };
}

const DECLARE = 'declare it under flux.values in .presync.yaml';

function whyUnknown(what: string, objects: number, contents: number): string {
  if (contents > 1 && contents === objects)
    return `it takes values from ${what}, which several apps bring in different ways; ${DECLARE}`;
  return `it takes values from ${what}, whose keys are known only in the cluster; ${DECLARE}`;
}

/** The object itself, or one from which a controller makes it under that name. */
function makes(object: JsonObject, kind: string, name: string, namespace: string): boolean {
  const id = objectIdOf(object);
  if (id.namespace !== namespace) return false;
  if (id.kind === kind) return id.name === name;
  if (kind !== 'Secret') return false;
  if (id.kind === 'SealedSecret') return id.name === name;
  const target = textAt(objectAt(objectAt(object, 'spec'), 'target'), 'name') || id.name;
  return id.kind === 'ExternalSecret' && target === name;
}

type Values = Pick<KnownValues, 'data' | 'unknown'>;

/** Undefined where not even the keys are in Git. */
function contentOf(object: JsonObject): Values | undefined {
  const spec = objectAt(object, 'spec');
  switch (textAt(object, 'kind')) {
    case 'ConfigMap':
      return { data: texts(objectAt(object, 'data')), unknown: [] };
    case 'Secret':
      return isObject(object['sops']) ? { data: {}, unknown: keysOf(object) } : { data: plain(object), unknown: [] };
    case 'SealedSecret':
      return { data: {}, unknown: sealedKeys(spec) };
    default:
      return isOpen(spec)
        ? undefined
        : { data: {}, unknown: listAt(spec, 'data').map((one) => textAt(one, 'secretKey')) };
  }
}

/** The template may add plain values: https://github.com/bitnami-labs/sealed-secrets#sealedsecrets-as-templates-for-secrets */
function sealedKeys(spec: JsonObject): readonly string[] {
  const added = objectAt(objectAt(spec, 'template'), 'data');
  return Object.keys({ ...objectAt(spec, 'encryptedData'), ...added }).toSorted();
}

/** Does an ExternalSecret take whatever it finds, or make keys of its own by a template? https://external-secrets.io/latest/api/externalsecret/ */
function isOpen(spec: JsonObject): boolean {
  return listAt(spec, 'dataFrom').length > 0 || isObject(objectAt(spec, 'target')['template']);
}

/** SOPS encrypts values and leaves keys: https://fluxcd.io/flux/guides/mozilla-sops/ */
function keysOf(secret: JsonObject): readonly string[] {
  return [...Object.keys(objectAt(secret, 'data')), ...Object.keys(objectAt(secret, 'stringData'))].toSorted();
}

function plain(secret: JsonObject): Readonly<Record<string, string>> {
  const decoded = Object.entries(texts(objectAt(secret, 'data'))).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString('utf8'),
  ]);
  return { ...Object.fromEntries(decoded), ...texts(objectAt(secret, 'stringData')) };
}

function texts(values: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}
