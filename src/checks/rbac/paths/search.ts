import type { PathGraph } from './graph.ts';
import { type Edge, type EndNode, type PathNode, POWER } from './node.ts';

/** From somebody to an end, shortest first: each edge begins where the one before it led. */
export interface Way {
  readonly start: PathNode;
  readonly edges: readonly Edge[];
  readonly end: EndNode;
}

/** Edges to be looked at on one side of a cluster; real clusters need some ten thousand. */
const MAX_EDGES = 4_000_000;

interface Arrival {
  readonly from: PathNode;
  readonly edge: Edge;
}

/** Finds the shortest way to each end, level by level: a node is entered once, so rings end, and the work is that of the edges. */
export class PathSearch {
  readonly graph: PathGraph;
  #left: number;
  #isCut = false;

  constructor(graph: PathGraph, maxEdges = MAX_EDGES) {
    this.graph = graph;
    this.#left = maxEdges;
  }

  /** There may be more ways than were found. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** By the key of the end. A way without doubt is preferred to a shorter one with. */
  waysFrom(start: PathNode): ReadonlyMap<string, Way> {
    const certain = this.#search(start, ({ doubt }) => doubt === undefined);
    if (certain.ways.has(POWER.key) || !certain.hasMore) return certain.ways;
    return new Map([...this.#search(start, () => true).ways, ...certain.ways]);
  }

  #search(start: PathNode, takes: (edge: Edge) => boolean): Search {
    const search = new Search(start, takes);
    let level: readonly PathNode[] = [start];
    while (level.length > 0 && !search.ways.has(POWER.key)) {
      level = level.flatMap((node) => this.#step(search, node));
    }
    return search;
  }

  #step(search: Search, node: PathNode): readonly PathNode[] {
    const edges = this.graph.edgesOf(node);
    if (this.#left < edges.length) {
      this.#isCut = true;
      return [];
    }
    this.#left -= edges.length;
    // A hub is no step of its own: who reaches it has reached all of it.
    return search.enter(node, edges).flatMap((next) => (next.kind === 'hub' ? this.#step(search, next) : [next]));
  }
}

/** What one search has seen. */
class Search {
  readonly ways = new Map<string, Way>();
  /** Were there edges that it did not take? */
  hasMore = false;
  readonly #start: PathNode;
  readonly #takes: (edge: Edge) => boolean;
  readonly #arrivals = new Map<string, Arrival | undefined>();

  constructor(start: PathNode, takes: (edge: Edge) => boolean) {
    this.#start = start;
    this.#takes = takes;
    this.#arrivals.set(start.key, undefined);
  }

  enter(from: PathNode, edges: readonly Edge[]): readonly PathNode[] {
    return edges.flatMap((edge) => {
      const { to } = edge;
      if (!this.#takes(edge)) {
        this.hasMore = true;
        return [];
      }
      if (to.kind === 'end') {
        if (!this.ways.has(to.key)) this.ways.set(to.key, this.#wayTo(from, edge, to));
        return [];
      }
      if (this.#arrivals.has(to.key)) return [];
      this.#arrivals.set(to.key, { from, edge });
      return [to];
    });
  }

  #wayTo(from: PathNode, last: Edge, end: EndNode): Way {
    const edges = [last];
    let arrival = this.#arrivals.get(from.key);
    while (arrival !== undefined) {
      edges.push(arrival.edge);
      arrival = this.#arrivals.get(arrival.from.key);
    }
    return { start: this.#start, edges: edges.toReversed(), end };
  }
}
