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

interface Arrow {
  readonly from: PathNode;
  readonly edge: Edge;
}

/** For each node from which an end is reached, the edge to take. */
type Toward = ReadonlyMap<string, Edge>;

/**
 * The shortest way from each start to each end. Everything that the starts reach is looked at once; then each end is followed
 * backwards, level by level, so that the work is that of the edges however many start there, and rings end.
 */
export class PathSearch {
  readonly #graph: PathGraph;
  readonly #into = new Map<string, Arrow[]>();
  readonly #ends = new Map<string, EndNode>();
  readonly #certain = new Map<string, Toward>();
  readonly #all = new Map<string, Toward>();
  #hasDoubt = false;
  #left: number;
  #isCut = false;

  constructor(graph: PathGraph, starts: readonly PathNode[], maxEdges = MAX_EDGES) {
    this.#graph = graph;
    this.#left = maxEdges;
    this.#explore(starts);
  }

  /** There may be more ways than were found. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** By the key of the end; power over the cluster alone where it is certain. A way without doubt is preferred to a shorter one with. */
  waysFrom(start: PathNode): ReadonlyMap<string, Way> {
    const power = this.#wayTo(POWER, start, this.#certainTo(POWER));
    if (power !== undefined) return new Map([[POWER.key, power]]);
    const ways = new Map<string, Way>();
    if (!this.#spend(this.#ends.size)) return ways;
    for (const end of this.#ends.values()) {
      const way = this.#wayTo(end, start, this.#certainTo(end)) ?? this.#doubtfulWay(end, start);
      if (way !== undefined) ways.set(end.key, way);
    }
    return ways;
  }

  #explore(starts: readonly PathNode[]): void {
    const seen = new Set(starts.map(({ key }) => key));
    const waiting = [...starts];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      const edges = this.#graph.edgesOf(node);
      if (!this.#spend(edges.length)) return;
      for (const edge of edges) {
        this.#note(node, edge);
        if (seen.has(edge.to.key)) continue;
        seen.add(edge.to.key);
        waiting.push(edge.to);
      }
    }
  }

  #note(from: PathNode, edge: Edge): void {
    const { to } = edge;
    if (to.kind === 'end') this.#ends.set(to.key, to);
    if (edge.doubt !== undefined) this.#hasDoubt = true;
    const arrows = this.#into.get(to.key);
    if (arrows === undefined) this.#into.set(to.key, [{ from, edge }]);
    else arrows.push({ from, edge });
  }

  #certainTo(end: EndNode): Toward {
    const known = this.#certain.get(end.key) ?? this.#toward(end, ({ doubt }) => doubt === undefined);
    this.#certain.set(end.key, known);
    return known;
  }

  #doubtfulWay(end: EndNode, start: PathNode): Way | undefined {
    if (!this.#hasDoubt) return undefined;
    const known = this.#all.get(end.key) ?? this.#toward(end, () => true);
    this.#all.set(end.key, known);
    return this.#wayTo(end, start, known);
  }

  #toward(end: EndNode, takes: (edge: Edge) => boolean): Toward {
    // Whoever has power over the cluster is not asked for more, nor is anybody who becomes it.
    const powerful = end.key === POWER.key ? undefined : this.#certainTo(POWER);
    const found = new Map<string, Edge>();
    const isOpen = ({ from, edge }: Arrow) => takes(edge) && !found.has(from.key) && powerful?.has(from.key) !== true;
    let level: readonly PathNode[] = [end];
    while (level.length > 0) level = level.flatMap((node) => this.#back(node, found, isOpen));
    return found;
  }

  #back(node: PathNode, found: Map<string, Edge>, isOpen: (arrow: Arrow) => boolean): readonly PathNode[] {
    const arrows = this.#into.get(node.key) ?? [];
    if (!this.#spend(arrows.length)) return [];
    return arrows.flatMap((arrow) => {
      if (!isOpen(arrow)) return [];
      const { from, edge } = arrow;
      found.set(from.key, edge);
      // A hub is no step of its own: who reaches it has reached all of it.
      return from.kind === 'hub' ? this.#back(from, found, isOpen) : [from];
    });
  }

  #wayTo(end: EndNode, start: PathNode, toward: Toward): Way | undefined {
    const edges: Edge[] = [];
    for (let edge = toward.get(start.key); edge !== undefined; edge = toward.get(edge.to.key)) edges.push(edge);
    return edges.length === 0 ? undefined : { start, edges, end };
  }

  #spend(count: number): boolean {
    this.#left -= count;
    if (this.#left < 0) this.#isCut = true;
    return this.#left >= 0;
  }
}
