/** One step of a glob: a literal character, `*` (anything but `/`) or `**` (anything). */
type Step =
  | { readonly kind: 'literal'; readonly char: string }
  | { readonly kind: 'segment' }
  | { readonly kind: 'any' };

/**
 * Does the glob match the whole text? `*` is any run of characters but `/`, `**` any run of characters, all else is literal; case
 * counts, both ends are anchored. Patterns never become a RegExp (A24): all ways to match are followed at once, so the time is
 * bounded by the length of the pattern times that of the text, whatever the pattern.
 */
export function matchesGlob(glob: string, text: string): boolean {
  return reaches(stepsOf(glob), text.split(''), (step, char) => step.kind === 'any' || char !== '/');
}

/**
 * Is everything that `narrow` matches also matched by `wide`? Never true where that is wrong; where the two are alike in a way
 * that only an exhaustive search would show, it answers false.
 */
export function coversGlob(wide: string, narrow: string): boolean {
  return reaches(stepsOf(wide), stepsOf(narrow), (step, other) => {
    if (step.kind === 'any') return true;
    return other.kind === 'segment' || (other.kind === 'literal' && other.char !== '/');
  });
}

function stepsOf(glob: string): readonly Step[] {
  return (glob.match(/\*+|[^*]/gs) ?? []).map((part) => {
    if (!part.startsWith('*')) return { kind: 'literal', char: part };
    return part === '*' ? { kind: 'segment' } : { kind: 'any' };
  });
}

/** Simulates the pattern as an automaton: `places` are the steps that may come next after what was read so far. */
function reaches<Symbol extends string | Step>(
  steps: readonly Step[],
  symbols: readonly Symbol[],
  swallows: (step: Step, symbol: Symbol) => boolean,
): boolean {
  let places = withSkips(new Set([0]), steps);
  for (const symbol of symbols) {
    const next = new Set<number>();
    for (const place of places) {
      const step = steps[place];
      if (step?.kind === 'literal' && isChar(symbol, step.char)) next.add(place + 1);
      if (step !== undefined && step.kind !== 'literal' && swallows(step, symbol)) next.add(place);
    }
    if (next.size === 0) return false;
    places = withSkips(next, steps);
  }
  return places.has(steps.length);
}

/** A wildcard may also stand for nothing. */
function withSkips(places: ReadonlySet<number>, steps: readonly Step[]): ReadonlySet<number> {
  const all = new Set(places);
  for (const place of all) {
    const kind = steps[place]?.kind;
    if (kind === 'segment' || kind === 'any') all.add(place + 1);
  }
  return all;
}

function isChar(symbol: string | Step, char: string): boolean {
  return typeof symbol === 'string' ? symbol === char : symbol.kind === 'literal' && symbol.char === char;
}
