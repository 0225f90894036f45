import type { Answer } from '../call.ts';
import { latestRuns } from '../routes/check-runs.ts';
import { allFromPeer, placedComments } from '../routes/comments.ts';
import { filesOf, shownPull } from '../routes/pulls.ts';
import type { Json, ReviewComment } from '../types.ts';
import type { Pull, Run, World } from '../world.ts';
import { escape, htmlPage } from './html.ts';
import { annotations, checkRun, commentBox, fileDiff, mark, thread } from './parts.ts';
import { textOf } from '../text.ts';

/** A pull request as its reviewer sees it: checks first, then the talk, then the files. */
export async function pullPage(world: World, pull: Pull): Promise<Answer> {
  const path = `/repos/${pull.repo}`;
  const [shown, files, talk, onLines, reviews] = await Promise.all([
    shownPull(world, pull),
    filesOf(world, pull),
    allFromPeer(world, `${path}/issues/${pull.number}/comments`),
    placedComments(world, pull),
    allFromPeer(world, `${path}/pulls/${pull.number}/reviews`),
  ]);
  const runs = latestRuns(world, pull.repo, pull.headSha);
  const notes = runs.flatMap((run) => run.annotations);
  const changes = files.map((file) => {
    const here = onLines.filter((comment) => (comment as unknown as ReviewComment).path === file.path);
    return fileDiff(
      file,
      here as unknown as ReviewComment[],
      notes.filter((note) => note.path === file.path),
    );
  });
  const body = [
    heading(shown, pull),
    checks(runs),
    conversation(shown, { talk, reviews, onLines }),
    ...runs.map(annotations),
    `<h2 id="files">Files changed <span class="muted">${files.length}</span></h2>`,
    ...changes,
  ];
  return htmlPage(`${String(shown['title'])} · ${pull.repo}#${pull.number}`, body.join('\n'));
}

function heading(shown: Json, pull: Pull): string {
  const state = stateWord(shown);
  const user = shown['user'] as Json;
  const fork = pull.headRepo === pull.repo ? '' : `${pull.headRepo.split('/')[0] ?? ''}:`;
  return `<p class="crumbs"><a href="/">${escape(pull.repo)}</a></p>
<h1>${escape(shown['title'])} <small>#${pull.number}</small></h1>
<p><span class="state ${state}">${state}</span><strong>${escape(user['login'])}</strong>
<span class="muted">wants to merge ${escape(shown['commits'])} commit(s) into</span>
<span class="branch">${escape(pull.baseRef)}</span> <span class="muted">from</span> <span class="branch">${escape(fork + pull.headRef)}</span></p>
<nav class="tabs"><a href="#checks">Checks</a><a href="#conversation">Conversation</a><a href="#files">Files changed</a>
<span class="muted code">${escape(pull.headSha.slice(0, 7))}</span></nav>`;
}

function stateWord(shown: Json): string {
  if (shown['merged'] === true) return 'merged';
  if (shown['state'] === 'closed') return 'closed';
  return shown['draft'] === true ? 'draft' : 'open';
}

function checks(runs: readonly Run[]): string {
  const title = '<h2 id="checks">Checks</h2>';
  if (runs.length === 0)
    return `${title}<section class="box"><div class="body muted">No check has reported on this commit yet.</div></section>`;
  return title + runs.map(checkRun).join('\n');
}

interface Talk {
  readonly talk: readonly Json[];
  readonly reviews: readonly Json[];
  readonly onLines: readonly Json[];
}

function conversation(shown: Json, { talk, reviews, onLines }: Talk): string {
  const opening = { ...shown, body: textOf(shown['body']), updated_at: shown['created_at'] };
  const spoken = reviews
    .filter(({ body }) => body)
    .map((review) => ({ ...review, updated_at: review['created_at'], about: 'reviewed' }));
  const said = [...talk, ...spoken, ...onLines].toSorted((a, b) => time(a) - time(b));
  const boxes = [opening, ...said].map((each) => {
    if ('diff_hunk' in each) return thread(each as unknown as ReviewComment);
    const about = 'about' in each ? String(each['about']) : 'commented';
    return commentBox(each as unknown as Parameters<typeof commentBox>[0], about);
  });
  return `<h2 id="conversation">Conversation</h2>${boxes.join('\n')}`;
}

function time(comment: Json): number {
  return Date.parse(String(comment['created_at']));
}

export function runPage(run: Run): Answer {
  const { shown } = run;
  const crumbs = `<p class="crumbs">${escape(run.repo)} · <span class="code">${escape(shown.head_sha.slice(0, 7))}</span></p>`;
  return htmlPage(`${shown.name} · ${run.repo}`, crumbs + checkRun(run) + annotations(run));
}

/** The start: every pull request there is. */
export async function homePage(world: World): Promise<Answer> {
  const rows = await Promise.all(
    [...world.pulls.values()].map(async (pull) => {
      const shown = await shownPull(world, pull);
      const marks = latestRuns(world, pull.repo, pull.headSha).map(mark).join('');
      const link = `/${pull.repo}/pull/${pull.number}`;
      return `<li>${marks}<a href="${escape(link)}">${escape(shown['title'])}</a><span class="muted">${escape(pull.repo)}#${pull.number}</span></li>`;
    }),
  );
  const list = rows.length > 0 ? `<ul class="list">${rows.join('\n')}</ul>` : '<div class="body muted">None yet.</div>';
  return htmlPage('Pull requests', `<h1>Pull requests</h1><section class="box">${list}</section>`);
}
