import type { FileDiff, Hunk, HunkLine } from '../diff.ts';
import { invalid } from '../refusal.ts';
import type { Json } from '../types.ts';
import { textOf } from '../text.ts';

/** R4. Not in GitHub's schema. */
const MAX_BODY = 65_536;

export function assertBody(body: unknown, resource: string): void {
  if (typeof body !== 'string' || body.trim() === '') {
    throw invalid('R4', 'Validation Failed', [{ resource, code: 'missing_field', field: 'body' }]);
  }
  assertLength(body, resource);
}

export function assertLength(body: unknown, resource: string): void {
  if (typeof body === 'string' && body.length > MAX_BODY) {
    const message = `Body is too long (maximum is ${MAX_BODY} characters)`;
    throw invalid('R4', 'Validation Failed', [{ resource, code: 'unprocessable', field: 'data', message }]);
  }
}

export interface Place {
  readonly path: string;
  readonly line: number | null;
  readonly startLine: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startSide: 'LEFT' | 'RIGHT' | null;
  readonly subjectType: 'line' | 'file';
  /** The hunk up to the line, as GitHub repeats it in the answer. */
  readonly diffHunk: string;
}

/** R1 and R2: where a review comment may stand in the diff of a pull request. */
export function placeOf(comment: Json, files: readonly FileDiff[]): Place {
  const path = textOf(comment['path']);
  const file = files.find((candidate) => candidate.path === path);
  if (!file) throw unresolved('path', 'is not part of the diff');
  const side = comment['side'] === 'LEFT' ? 'LEFT' : 'RIGHT';
  if (comment['subject_type'] === 'file') {
    return { path, line: null, startLine: null, side, startSide: null, subjectType: 'file', diffHunk: '' };
  }
  const line = lineNumber(comment['line']);
  if (line === undefined) throw unresolved('line', "can't be blank", 'R1');
  const hunk = hunkWith(file, { line, side });
  if (!hunk) throw unresolved('line', 'must be part of the diff', 'R2', "diff_hunk can't be blank");
  const start = startOf(comment, { file, hunk, line, side });
  return { path, line, side, ...start, subjectType: 'line', diffHunk: hunkUpTo(hunk, { line, side }) };
}

interface Spot {
  readonly line: number;
  readonly side: 'LEFT' | 'RIGHT';
}

function startOf(
  comment: Json,
  at: Spot & { readonly file: FileDiff; readonly hunk: Hunk },
): Pick<Place, 'startLine' | 'startSide'> {
  if (comment['start_line'] === undefined || comment['start_line'] === null)
    return { startLine: null, startSide: null };
  const line = lineNumber(comment['start_line']);
  const side = sideOf(comment['start_side']) ?? at.side;
  if (line === undefined || (side === at.side && line >= at.line)) {
    throw unresolved('start_line', 'must precede the end line.');
  }
  if (hunkWith(at.file, { line, side }) !== at.hunk) {
    throw unresolved('start_line', 'must be part of the same hunk as the line.');
  }
  return { startLine: line, startSide: side };
}

function hunkWith(file: FileDiff, spot: Spot): Hunk | undefined {
  return file.hunks.find((hunk) => hunk.lines.some((row) => isAt(row, spot)));
}

function isAt(row: HunkLine, { line, side }: Spot): boolean {
  return (side === 'LEFT' ? row.left : row.right) === line;
}

function hunkUpTo(hunk: Hunk, spot: Spot): string {
  const end = hunk.lines.findIndex((row) => isAt(row, spot));
  const signs = { context: ' ', added: '+', deleted: '-' };
  return [hunk.header, ...hunk.lines.slice(0, end + 1).map(({ kind, text }) => signs[kind] + text)].join('\n');
}

function lineNumber(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? Number(value) : undefined;
}

function sideOf(value: unknown): 'LEFT' | 'RIGHT' | undefined {
  return value === 'LEFT' || value === 'RIGHT' ? value : undefined;
}

function unresolved(field: string, message: string, rule = 'R2', also?: string): Error {
  const name = `pull_request_review_thread.${field}`;
  const errors = [{ resource: 'PullRequestReviewComment', code: 'custom', field: name, message: `${name} ${message}` }];
  const hunk = 'pull_request_review_thread.diff_hunk';
  const blank = { resource: 'PullRequestReviewComment', code: 'missing_field', field: hunk, message: also };
  return invalid(rule, 'Validation Failed', also ? [...errors, blank] : errors);
}
