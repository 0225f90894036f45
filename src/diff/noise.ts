import { isObject, type JsonValue, valueAt } from '../model/json.ts';

const LABELS = ['helm.sh/chart', 'chart', 'app.kubernetes.io/version'];

/**
 * Labels and annotations that any bump of a chart or change of a ConfigMap brings along (reference/rendering.md 7): dropping them
 * leaves 0 of 103 objects for two pull requests of one big chart. Selectors (`matchLabels`) are never noise. Noise is folded in
 * the display and counted; no check and no verdict looks at it (A38).
 */
export function isNoise(tokens: readonly string[]): boolean {
  const [owner, list, key = ''] = tokens.slice(-3);
  if (tokens.length < 3 || owner !== 'metadata') return false;
  return (list === 'labels' && LABELS.includes(key)) || (list === 'annotations' && key.startsWith('checksum/'));
}

/** Is this map one of labels or annotations, where absent and empty are the same to the API server? */
export function isMetadataMap(tokens: readonly string[]): boolean {
  const [owner, list] = tokens.slice(-2);
  return owner === 'metadata' && (list === 'labels' || list === 'annotations');
}

/** The pointer stands for a value that is another at each render, or for a part of one. */
export function isVolatile(pointer: string, volatile: readonly string[]): boolean {
  return volatile.some((path) => path !== '' && (pointer === path || pointer.startsWith(`${path}/`)));
}

/** Does an environment list use `$(NAME)`? Then a variable must come after those that it names. */
export function hasDependentVariables(list: readonly JsonValue[]): boolean {
  return list.some((item) => {
    const value = isObject(item) ? valueAt(item, '/value') : undefined;
    return typeof value === 'string' && value.includes('$(');
  });
}
