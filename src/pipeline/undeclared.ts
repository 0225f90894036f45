import { isObject, type JsonValue, listAt, objectAt, textAt, textsAt } from '../model/json.ts';
import { type ObjectId, objectIdOf } from '../model/manifest.ts';

/** One place of an object that is another, or not there, in a cluster that has or has not these APIs. */
export interface Dependent {
  readonly object: ObjectId;
  readonly pointer: string;
  /** `group/version` or `group/version/Kind`; `kubernetes` is the version of the cluster. */
  readonly on: readonly string[];
  /** In the other cluster there is nothing at this place. */
  readonly isGone: boolean;
}

/** What a render asked of the cluster and nobody has declared; every answer was tried, but for what is said here. */
export interface Undeclared {
  readonly apis: readonly string[];
  readonly version: boolean;
  /** Templates went through the list of all APIs. */
  readonly isListed: boolean;
  /** There were more combinations than are tried. */
  readonly isPartial: boolean;
  readonly dependent: readonly Dependent[];
}

/** `value.cluster` of the engine. */
export function undeclaredIn(value: JsonValue | undefined): readonly Undeclared[] {
  const cluster = isObject(value) ? value['cluster'] : undefined;
  if (!isObject(cluster)) return [];
  const dependent = listAt(cluster, 'dependent').map((one) => ({
    object: objectIdOf(objectAt(one, 'manifest')),
    pointer: textAt(one, 'pointer'),
    on: textsAt(one, 'on'),
    isGone: isObject(one) && one['gone'] === true,
  }));
  const isSet = (key: string) => cluster[key] === true;
  const said = { version: isSet('kubernetes'), isListed: isSet('listed'), isPartial: isSet('partial') };
  return [{ apis: textsAt(cluster, 'apis'), ...said, dependent }];
}
