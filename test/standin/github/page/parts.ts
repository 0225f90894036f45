import type { FileDiff, Hunk, HunkLine } from '../diff.ts';
import type { Annotation, Json, ReviewComment } from '../types.ts';
import type { Run } from '../world.ts';
import { escape } from './html.ts';
import { renderMarkdown } from './markdown.ts';

const MARKS: Readonly<Record<string, string>> = { success: '✓', failure: '✕', timed_out: '!', action_required: '!' };
const WORDS: Readonly<Record<string, string>> = {
  success: 'Successful',
  failure: 'Failing',
  timed_out: 'Timed out',
  action_required: 'Action required',
  cancelled: 'Cancelled',
  neutral: 'Neutral',
  skipped: 'Skipped',
  in_progress: 'In progress',
  queued: 'Queued',
};

/** What a check run has come to: its conclusion, or how far it is. */
export function stateOf({ shown }: Run): string {
  return shown.conclusion ?? shown.status;
}

export function mark(run: Run): string {
  const state = stateOf(run);
  return `<span class="mark ${escape(state)}" title="${escape(state)}">${MARKS[state] ?? '•'}</span>`;
}

export function checkRun(run: Run): string {
  const { shown } = run;
  const state = stateOf(run);
  const { title, summary, text } = shown.output;
  const actions = shown.actions.map((action) => `<span class="badge">${escape(action['label'])}</span>`).join(' ');
  return `<section class="box verdict ${escape(state)}" id="check-${shown.id}">
<header>${mark(run)}<strong>${escape(shown.name)}</strong><span>${escape(title ?? '')}</span><span class="grow"></span>${actions}
<span class="badge">${escape(WORDS[state] ?? state)}</span></header>
${markdownBody(summary)}${markdownBody(text)}</section>`;
}

function markdownBody(text: string | null): string {
  return text ? `<div class="body">${renderMarkdown(text)}</div>` : '';
}

export function annotations(run: Run): string {
  if (run.annotations.length === 0) return '';
  const rows = run.annotations.map((each) => annotation(each)).join('\n');
  return `<h2>Annotations <span class="muted">${run.annotations.length}</span></h2><section class="box">${rows}</section>`;
}

function annotation(each: Annotation): string {
  const lines = each.start_line === each.end_line ? `L${each.start_line}` : `L${each.start_line}–L${each.end_line}`;
  const details = each.raw_details ? `<pre>${escape(each.raw_details)}</pre>` : '';
  return `<div class="annotation"><span class="level ${escape(each.annotation_level)}">${escape(each.annotation_level)}</span>
<span class="code">${escape(each.path)}#${lines}</span> <strong>${escape(each.title ?? '')}</strong><p>${escape(each.message)}</p>${details}</div>`;
}

interface Said {
  readonly id: number;
  readonly body: string;
  readonly user: unknown;
  readonly [key: string]: unknown;
}

export function commentBox(comment: Said, about = 'commented'): string {
  const user = comment.user as Json;
  const bot = user['type'] === 'Bot' ? '<span class="badge">bot</span>' : '';
  const edited = comment['updated_at'] !== comment['created_at'] ? '<span class="muted">edited</span>' : '';
  const body = renderMarkdown(comment.body);
  return `<article class="box"><header><strong>${escape(user['login'])}</strong>${bot}<span class="muted">${escape(about)}</span>${edited}</header>
<div class="body">${body || '<p class="muted">No description.</p>'}</div></article>`;
}

/** One file of the diff, with what was said on its lines below them. */
export function fileDiff(file: FileDiff, comments: readonly ReviewComment[], notes: readonly Annotation[]): string {
  const rows = file.hunks.map((hunk) => hunkRows(hunk, comments, notes)).join('\n');
  const whole = comments
    .filter((comment) => comment.subject_type === 'file')
    .map((comment) => said(comment))
    .join('');
  const name = file.previousPath ? `${file.previousPath} → ${file.path}` : file.path;
  return `<section class="box"><header><span class="code grow">${escape(name)}</span>
<span class="muted">${escape(file.status)} <span class="level">+${file.additions} −${file.deletions}</span></span></header>
${whole ? `<div class="note body">${whole}</div>` : ''}<table class="diff">${rows}</table></section>`;
}

function hunkRows(hunk: Hunk, comments: readonly ReviewComment[], notes: readonly Annotation[]): string {
  const head = `<tr class="hunk"><td class="n"></td><td class="n"></td><td>${escape(hunk.header)}</td></tr>`;
  const lines = hunk.lines.map((line) => lineRow(line) + noteRow(line, comments, notes));
  return [head, ...lines].join('\n');
}

const SIGNS = { context: ' ', added: '+', deleted: '-' };

function lineRow({ kind, text, left, right }: HunkLine): string {
  const cells = `<td class="n">${left ?? ''}</td><td class="n">${right ?? ''}</td><td>${SIGNS[kind]}${escape(text)}</td>`;
  return `<tr class="${kind}">${cells}</tr>`;
}

function noteRow(line: HunkLine, comments: readonly ReviewComment[], notes: readonly Annotation[]): string {
  const spoken = comments.filter((comment) => comment.line === (comment.side === 'LEFT' ? line.left : line.right));
  const noted = notes.filter((note) => note.end_line === line.right);
  if (spoken.length + noted.length === 0) return '';
  const boxes = [...noted.map((note) => `<div class="box">${annotation(note)}</div>`), ...spoken.map(said)];
  return `<tr class="note"><td colspan="3">${boxes.join('')}</td></tr>`;
}

/** A comment with the end of the hunk it stands on, as it was when it was written. */
export function thread(comment: ReviewComment): string {
  const rows = comment.diff_hunk.split('\n').slice(1).slice(-4).map(hunkEnd).join('');
  const outdated =
    comment.line === null && comment.subject_type !== 'file' ? '<span class="badge">outdated</span>' : '';
  return `<section class="box"><header><span class="code grow">${escape(comment.path)}</span>${outdated}</header>
${rows ? `<table class="diff">${rows}</table>` : ''}<div class="body note">${said(comment)}</div></section>`;
}

function hunkEnd(row: string): string {
  const kinds: Readonly<Record<string, string>> = { '+': 'added', '-': 'deleted' };
  return `<tr class="${kinds[row.charAt(0)] ?? 'context'}"><td>${escape(row)}</td></tr>`;
}

function said(comment: ReviewComment): string {
  const from = comment.start_line === null ? '' : `L${comment.start_line} to `;
  const about = comment.line === null ? 'commented' : `commented on ${from}L${comment.line}`;
  return commentBox(comment as unknown as Said, about);
}
