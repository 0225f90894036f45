import type { CommitSha } from './ids.ts';

/** What is judged: one pull request, or one group of a merge queue: its head, and the base and branch it was made for. */
export type Subject =
  | { readonly kind: 'pull'; readonly number: number }
  | { readonly kind: 'group'; readonly head: CommitSha; readonly base: CommitSha; readonly baseBranch: string };

/** `pull/12`, `group/<head>`: a group's head stands for the whole group. */
export function subjectKey(subject: Subject): string {
  return subject.kind === 'pull' ? `pull/${subject.number}` : `group/${subject.head}`;
}
