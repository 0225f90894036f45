/** The known word that was probably meant: equal but for case and separators, or a few letters away. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distance(plain(word), plain(candidate)) }))
    .filter(({ candidate, distance: far }) => far <= allowed(plain(candidate)))
    .toSorted((a, b) => a.distance - b.distance);
  return nearest?.candidate;
}

function allowed(word: string): number {
  return word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Letters to insert, remove or replace (Levenshtein). */
function distance(from: string, to: string): number {
  const last = from.split('').reduce<readonly number[]>(
    (above, char, row) =>
      to
        .split('')
        .reduce<readonly number[]>(
          (here, other, column) => [
            ...here,
            Math.min(
              (above[column + 1] ?? 0) + 1,
              (here[column] ?? 0) + 1,
              (above[column] ?? 0) + Number(char !== other),
            ),
          ],
          [row + 1],
        ),
    Array.from({ length: to.length + 1 }, (_, index) => index),
  );
  return last[to.length] ?? 0;
}
