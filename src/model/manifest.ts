import { isObject, type JsonObject, objectAt, textAt } from './json.ts';

/** Which object of a cluster; `group` and `version` together are its apiVersion. */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Origin {
  readonly path?: string;
  /** Index of the document in its file, from 0. */
  readonly document?: number;
  /** First line of the document, from 1. */
  readonly line?: number;
}

/** One desired object. `volatile` are JSON pointers whose value is another at each render (random, now). */
export interface Manifest {
  readonly id: ObjectId;
  readonly object: JsonObject;
  readonly app: string;
  readonly cluster: string;
  readonly origin: Origin;
  readonly volatile: readonly string[];
}

export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
}

export function objectIdOf(object: JsonObject): ObjectId {
  const metadata = objectAt(object, 'metadata');
  return {
    apiVersion: textAt(object, 'apiVersion'),
    kind: textAt(object, 'kind'),
    namespace: textAt(metadata, 'namespace'),
    name: textAt(metadata, 'name') || textAt(metadata, 'generateName'),
  };
}

/** Identity without the version: an object that moves from v1beta1 to v1 stays the same object. */
export function identityKey({ apiVersion, kind, namespace, name }: ObjectId): string {
  return `${groupOf(apiVersion)}\u0000${kind}\u0000${namespace}\u0000${name}`;
}

/** Is this a Kubernetes object at all: apiVersion and kind, as the API server demands. */
export function isKubernetesObject(value: unknown): value is JsonObject {
  return isObject(value) && textAt(value, 'apiVersion') !== '' && textAt(value, 'kind') !== '';
}
