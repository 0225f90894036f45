/** One step of a glob: a literal character, `*` (anything but `/`) or `**` (anything); of a wildcard pattern also exactly one character. */
type Step =
  | { readonly kind: 'one' }
  | { readonly kind: 'literal'; readonly char: string }
  | { readonly kind: 'segment' }
  | { readonly kind: 'any' };

/**
 * Does the glob match the whole text? `*` is any run of characters but `/`, `**` any run of characters, all else is literal; case
 * counts, both ends are anchored. Patterns never become a RegExp (A24): all ways to match are followed at once, so the time is
 * bounded by the length of the pattern times that of the text, whatever the pattern.
 */
export function matchesGlob(glob: string, text: string): boolean {
  return reaches(stepsOf(glob), text.split(''), swallowsChar);
}

/** Is there a text that starts like this and is matched by the glob? */
export function mayStartAs(glob: string, start: string): boolean {
  return placesAfter(stepsOf(glob), start.split(''), swallowsChar).size > 0;
}

/** As matchesGlob, in the language where `*` is anything and `?` one character: https://github.com/IGLOU-EU/go-wildcard */
export function matchesWildcard(pattern: string, text: string): boolean {
  return reaches(wildcardSteps(pattern), text.split(''), swallowsChar);
}

/** Is there a text that starts like this and is matched by the wildcard pattern? */
export function mayStartAsWildcard(pattern: string, start: string): boolean {
  return placesAfter(wildcardSteps(pattern), start.split(''), swallowsChar).size > 0;
}

function swallowsChar(step: Step, char: string): boolean {
  return step.kind === 'any' || (step.kind === 'segment' && char !== '/');
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

function wildcardSteps(pattern: string): readonly Step[] {
  return (pattern.match(/\*+|[^*]/gs) ?? []).map((part) => {
    if (part.startsWith('*')) return { kind: 'any' };
    return part === '?' ? { kind: 'one' } : { kind: 'literal', char: part };
  });
}

function stepsOf(glob: string): readonly Step[] {
  return (glob.match(/\*+|[^*]/gs) ?? []).map((part) => {
    if (!part.startsWith('*')) return { kind: 'literal', char: part };
    return part === '*' ? { kind: 'segment' } : { kind: 'any' };
  });
}

function reaches<Symbol extends string | Step>(
  steps: readonly Step[],
  symbols: readonly Symbol[],
  swallows: (step: Step, symbol: Symbol) => boolean,
): boolean {
  return placesAfter(steps, symbols, swallows).has(steps.length);
}

/** Simulates the pattern as an automaton: `places` are the steps that may come next after what was read so far. */
function placesAfter<Symbol extends string | Step>(
  steps: readonly Step[],
  symbols: readonly Symbol[],
  swallows: (step: Step, symbol: Symbol) => boolean,
): ReadonlySet<number> {
  let places = withSkips(new Set([0]), steps);
  for (const symbol of symbols) {
    const next = new Set<number>();
    for (const place of places) {
      const step = steps[place];
      if (step === undefined) continue;
      if (isTaken(step, symbol)) next.add(place + 1);
      if (step.kind !== 'literal' && swallows(step, symbol)) next.add(place);
    }
    if (next.size === 0) return next;
    places = withSkips(next, steps);
  }
  return places;
}

/** Does the step stand for this one symbol? */
function isTaken(step: Step, symbol: string | Step): boolean {
  return step.kind === 'one' || (step.kind === 'literal' && isChar(symbol, step.char));
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
