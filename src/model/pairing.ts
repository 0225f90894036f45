type Thing = string | number;

/**
 * The size of the largest pairing in which each holder gets one of the things that fit it, and no thing is given twice: by
 * augmenting paths, in the number of holders times that of all fits.
 */
export function largestPairing(fits: readonly (readonly Thing[])[]): number {
  const taken = new Map<Thing, number>();
  return fits.filter((_, holder) => finds(holder, { fits, taken, tried: new Set() })).length;
}

interface Pairing {
  readonly fits: readonly (readonly Thing[])[];
  /** Who holds a thing. */
  readonly taken: Map<Thing, number>;
  readonly tried: Set<Thing>;
}

function finds(holder: number, pairing: Pairing): boolean {
  const { fits, taken, tried } = pairing;
  for (const thing of fits[holder] ?? []) {
    if (tried.has(thing)) continue;
    tried.add(thing);
    const other = taken.get(thing);
    if (other === undefined || finds(other, pairing)) {
      taken.set(thing, holder);
      return true;
    }
  }
  return false;
}
