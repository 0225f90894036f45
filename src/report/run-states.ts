import type { CheckRunReport } from '../ports/change-host.ts';

/** What a check run says that was overtaken before it came to a result. */
export function supersededReport(): CheckRunReport {
  return {
    title: 'Superseded',
    summary: 'The change moved on before this commit was judged. The newest commit has a check run of its own.',
    text: '',
    annotations: [],
  };
}

/** Added to the run of a change that passed, when the same commit is the head of another that did not (DESIGN 4). */
export function sharedHeadNote(others: readonly number[]): string {
  const names = others.map((number) => `#${number}`).join(', ');
  return `**This commit is also the head of ${names}, where presync did not pass.** A check run counts for every pull request with that head, so it passes only when each of them does.`;
}

/** What a reader learns where no judgement came about. */
export const COULD_NOT_CHECK = {
  unexpected:
    'presync failed unexpectedly, which is no fault of this change; re-run the check, and tell whoever runs presync if it happens again',
  otherChange: 'presync judged another commit than the one that was asked for; re-run the check',
  timedOut: (minutes: number): string =>
    `this change could not be checked within ${minutes} minutes; re-run the check, or raise the deadline where presync is run`,
} as const;
