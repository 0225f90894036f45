import { appFacts } from '../model/facts.ts';
import type { Problem } from '../model/finding.ts';
import type { App } from '../model/app.ts';
import type { AppPair } from './affected.ts';
import type { SideView } from './side.ts';

function nodeOf({ kind, cluster, namespace, name }: Pick<App, 'kind' | 'cluster' | 'namespace' | 'name'>): string {
  return [kind, cluster, `${namespace}/${name}`].join('\u0000');
}

/** Flux waits for what an app of the same kind and cluster depends on. */
function edges({ apps }: SideView): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...apps.values()].map(({ app }) => [
      nodeOf(app),
      (appFacts(app.definition).dependsOn ?? []).map((name) => [app.kind, app.cluster, name].join('\u0000')),
    ]),
  );
}

/** The shortest way from the app over what it depends on back to itself, as `namespace/name`s; none where there is no way. */
function cycleOf(app: App, graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const start = nodeOf(app);
  const ways: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    const next = (graph.get(way.at(-1) ?? '') ?? []).filter((on) => !seen.has(on));
    if (next.includes(start)) return [...way, start].map((node) => node.slice(node.lastIndexOf('\u0000') + 1));
    for (const on of next) seen.add(on);
    ways.push(...next.map((on) => [...way, on]));
  }
  return [];
}

function problems(side: Problem['side'], pairs: readonly AppPair[], view: SideView): readonly Problem[] {
  const graph = edges(view);
  return pairs.flatMap((pair) => {
    const app = pair[side]?.app;
    const cycle = app === undefined ? [] : cycleOf(app, graph);
    if (app === undefined || cycle.length === 0) return [];
    return [
      {
        side,
        rule: 'render/dependency-cycle',
        alias: '',
        severity: 'high',
        enforcement: 'required',
        app: app.id,
        object: null,
        pointer: '',
        key: 'cycle',
        facets: [cycle.join(' ')],
        message: `it depends on itself: ${cycle.join(' -> ')}`,
        why: 'Flux waits for each of them before the other, so none of them is applied again.',
        fix: 'Take one of the entries out of dependsOn.',
      },
    ];
  });
}

/** Apps of Flux that wait for one another, on both sides. */
export function dependencyCycles(
  pairs: readonly AppPair[],
  { base, merged }: { readonly base: SideView; readonly merged: SideView },
): readonly Problem[] {
  return [...problems('base', pairs, base), ...problems('merged', pairs, merged)];
}
