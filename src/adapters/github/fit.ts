import type { Annotation, CheckRunReport, ReviewComment } from '../../ports/change-host.ts';

/** C3. Counted in bytes, which is never more than GitHub counts. */
export const MAX_REPORT_BYTES = 65_535;
/** R4 allows 65,536 characters. */
const MAX_BODY_BYTES = 65_536;
/** C4. */
const MAX_TITLE = 255;
const MAX_MESSAGE_BYTES = 64 * 1024;
/** C2. */
export const ANNOTATIONS_PER_REQUEST = 50;
/** Room for the line that says what is missing, and for what has to be closed. */
const ROOM_BYTES = 256;

/** GitHub's own schema knows none of these limits (C3, C4, measured), so they are kept here. Cuts say that they cut. */
export function fitReport({ title, summary, text, annotations }: CheckRunReport): CheckRunReport {
  return {
    title: fitTitle(title) || 'presync',
    summary: fitLines(summary, MAX_REPORT_BYTES) || ' ',
    text: fitLines(text, MAX_REPORT_BYTES),
    annotations: annotations.map(fitAnnotation),
  };
}

function fitAnnotation({ path, startLine, endLine, level, title, message }: Annotation): Annotation {
  const first = Math.max(1, Math.trunc(startLine));
  return {
    path,
    startLine: first,
    endLine: Math.max(first, Math.trunc(endLine)),
    level,
    title: fitTitle(title),
    message: fitLines(message, MAX_MESSAGE_BYTES) || title || 'see the summary',
  };
}

export function fitBody(body: string): string {
  return fitLines(body, MAX_BODY_BYTES);
}

interface CommentPlace {
  readonly path: string;
  readonly line: number;
  readonly side: 'RIGHT';
  readonly start_line?: number;
  readonly start_side?: 'RIGHT';
}

/** R2: `start_line` must precede `line`, and is left out for a single one. */
export function commentPlace({ path, line, startLine }: ReviewComment): CommentPlace {
  const side = 'RIGHT' as const;
  return startLine < line ? { path, line, side, start_line: startLine, start_side: side } : { path, line, side };
}

function fitTitle(title: string): string {
  const line = title.replaceAll(/\s+/g, ' ').trim();
  // A cut through a surrogate pair would leave half a letter.
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 2).toWellFormed()} …`;
}

/** Whole lines as far as they fit, then what is open closed, then how many lines are missing. */
export function fitLines(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const lines = text.split('\n');
  const kept: string[] = [];
  let room = maxBytes - ROOM_BYTES;
  for (const line of lines) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    kept.push(line);
  }
  const missing = lines.length - kept.length;
  return [...kept, ...closing(kept), '', `… ${missing} more ${missing === 1 ? 'line' : 'lines'}`].join('\n');
}

/** What a cut would leave open would swallow the line that says so: a code fence, then folded sections. */
function closing(lines: readonly string[]): readonly string[] {
  const state: { fence: string; details: number } = { fence: '', details: 0 };
  for (const line of lines) {
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
    if (state.fence === '') {
      state.fence = fence;
      state.details += count(line, /<details\b/g) - count(line, /<\/details>/g);
    } else if (fence.startsWith(state.fence)) state.fence = '';
  }
  const folds = Array.from({ length: Math.min(Math.max(state.details, 0), 10) }, () => '</details>');
  return state.fence === '' ? folds : [state.fence, ...folds];
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
