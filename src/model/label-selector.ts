import { canonicalJson, type JsonObject, type JsonValue, listAt, objectAt, textAt, textsAt } from './json.ts';

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: ReadonlySet<string>;
}

/** A label selector as Kubernetes reads it; equal selectors have equal `text`. */
export interface LabelSelector {
  readonly text: string;
  /** A label that it asks for by its exact value, where it asks for one. */
  readonly exact: readonly [key: string, value: JsonValue] | undefined;
  /** Every label that it speaks of. */
  readonly keys: readonly string[];
  matches(labels: JsonObject): boolean;
}

/** An empty selector matches everything, one with an operator that Kubernetes does not know nothing. */
export function labelSelector(written: JsonValue): LabelSelector {
  const exact = Object.entries(objectAt(written, 'matchLabels'));
  const requirements = listAt(written, 'matchExpressions').map((one): Requirement => {
    return { key: textAt(one, 'key'), operator: textAt(one, 'operator'), values: new Set(textsAt(one, 'values')) };
  });
  return {
    text: canonicalJson(written),
    exact: exact[0],
    keys: [...exact.map(([key]) => key), ...requirements.map(({ key }) => key)],
    matches: (labels) =>
      exact.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
      requirements.every((one) => meets(labels, one)),
  };
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/: NotIn is met by what has no such label. */
function meets(labels: JsonObject, { key, operator, values }: Requirement): boolean {
  const value = Object.hasOwn(labels, key) ? textAt(labels, key) : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.has(value);
    case 'NotIn':
      return value === undefined || !values.has(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
