/** Lines `oldStart…` of the old text became lines `newStart…` of the new one; 0-based, ends exclusive. */
export interface LineHunk {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Beyond this many differing lines the middle is one hunk: a rewritten file has no finer cause. */
const MAX_DISTANCE = 2000;

/** Text to lines, each with its line end, so that joining them gives the text again. */
export function linesOf(text: string): readonly string[] {
  return text === '' ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

interface Box {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/**
 * The shortest edit script by Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), after equal ends are cut off.
 * Neighbouring edits are one hunk.
 */
export function lineHunks(old: readonly string[], now: readonly string[]): readonly LineHunk[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  )
    end += 1;
  const box = { oldStart: start, oldEnd: old.length - end, newStart: start, newEnd: now.length - end };
  if (box.oldStart === box.oldEnd && box.newStart === box.newEnd) return [];
  const trace = searchTrace(old, now, box);
  return trace === undefined ? [box] : hunksOf(backtrack(trace, box), box);
}

/** The furthest x on each diagonal, one array a step; undefined when the texts differ by more than the bound. */
function searchTrace(old: readonly string[], now: readonly string[], box: Box): readonly Int32Array[] | undefined {
  const [n, m] = [box.oldEnd - box.oldStart, box.newEnd - box.newStart];
  const max = Math.min(n + m, MAX_DISTANCE);
  const trace: Int32Array[] = [];
  const furthest = new Int32Array(2 * max + 3);
  for (let d = 0; d <= max; d += 1) {
    trace.push(furthest.slice());
    for (let k = -d; k <= d; k += 2) {
      const down = goesDown(furthest, max, { d, k });
      let x = down ? at(furthest, max, k + 1) : at(furthest, max, k - 1) + 1;
      while (x < n && x - k < m && old[box.oldStart + x] === now[box.newStart + x - k]) x += 1;
      furthest[max + 1 + k] = x;
      if (x >= n && x - k >= m) return trace;
    }
  }
  return undefined;
}

/** Does the path of `d` edits that ends on diagonal `k` come from the diagonal above it? */
function goesDown(furthest: Int32Array, max: number, { d, k }: { readonly d: number; readonly k: number }): boolean {
  return k === -d || (k !== d && at(furthest, max, k - 1) < at(furthest, max, k + 1));
}

function at(furthest: Int32Array, max: number, k: number): number {
  return furthest[max + 1 + k] ?? 0;
}

type Edit = { readonly kind: 'remove' | 'insert'; readonly x: number; readonly y: number };

function backtrack(trace: readonly Int32Array[], box: Box): readonly Edit[] {
  const edits: Edit[] = [];
  let x = box.oldEnd - box.oldStart;
  let y = box.newEnd - box.newStart;
  for (let d = trace.length - 1; d > 0; d -= 1) {
    const furthest = trace[d] ?? new Int32Array();
    const max = (furthest.length - 3) / 2;
    const k = x - y;
    const down = goesDown(furthest, max, { d, k });
    const previous = down ? k + 1 : k - 1;
    x = at(furthest, max, previous);
    y = x - previous;
    edits.push({ kind: down ? 'insert' : 'remove', x, y });
  }
  return edits.toReversed();
}

function hunksOf(edits: readonly Edit[], box: Box): readonly LineHunk[] {
  const hunks: LineHunk[] = [];
  for (const { kind, x, y } of edits) {
    const [oldStart, newStart] = [box.oldStart + x, box.newStart + y];
    const [oldEnd, newEnd] = [oldStart + Number(kind === 'remove'), newStart + Number(kind === 'insert')];
    const last = hunks.at(-1);
    if (last?.oldEnd === oldStart && last.newEnd === newStart) hunks[hunks.length - 1] = { ...last, oldEnd, newEnd };
    else hunks.push({ oldStart, oldEnd, newStart, newEnd });
  }
  return hunks;
}
