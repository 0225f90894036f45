import type { Hunk } from '../model/change.ts';
import type { Conclusion } from '../model/outcome.ts';
import type { Verdict } from '../model/verdict.ts';
import type { CheckRunReport, ReviewComment, RunConclusion } from '../ports/change-host.ts';
import { annotationsOf, located } from './annotations.ts';
import { commentsOf } from './comments.ts';
import { maskVerdict } from './mask-verdict.ts';
import { fit, fixed, type Section } from './sections.ts';
import { changeSections, summarySections } from './summary.ts';
import { tallyOf } from './tally.ts';
import { counted, titleOf } from './wording.ts';

/** C3: 65,535 characters, of which the note on a shared head (run-states.ts) may want some. */
const SUMMARY_BYTES = 62_000;
const TEXT_BYTES = 65_535;

export interface CheckRunContent {
  readonly conclusion: RunConclusion;
  readonly report: CheckRunReport;
  /** On lines that the change wrote; none, then no review is wanted (U2). */
  readonly comments: readonly ReviewComment[];
  /** The words of the review that carries the comments; '' without comments. */
  readonly reviewBody: string;
}

/** What could not be checked is a failure: `neutral` and `skipped` would satisfy a required check (DESIGN 4, C7). */
function runConclusion(conclusion: Conclusion): RunConclusion {
  switch (conclusion) {
    case 'passed':
      return 'success';
    case 'failed':
    case 'errored':
      return 'failure';
  }
}

/** A verdict as GitHub shows it. Title, summary, annotations and comments count the same findings (U10). */
export function checkRunReport(unmasked: Verdict, { hunks }: { readonly hunks: readonly Hunk[] }): CheckRunContent {
  const verdict = maskVerdict(unmasked);
  const tally = tallyOf(verdict);
  const title = titleOf(verdict, tally);
  const annotations = annotationsOf(verdict.findings);
  const { comments, left } = commentsOf(verdict.findings, hunks);
  const [headline, ...rest] = summarySections(verdict, tally, { drawsMermaid: false });
  const counts = countLines({ left, unannotated: located(verdict.findings).length - annotations.length });
  return {
    conclusion: runConclusion(verdict.conclusion),
    report: {
      title,
      summary: fit([...(headline === undefined ? [] : [headline]), counts, ...rest], SUMMARY_BYTES),
      text: fit(changeSections(verdict), TEXT_BYTES),
      annotations,
    },
    comments,
    reviewBody: comments.length === 0 ? '' : `**${title}.** The check run \`presync\` has the whole report.`,
  };
}

function countLines({ left, unannotated }: { readonly left: number; readonly unannotated: number }): Section {
  return fixed(
    ...(left === 0
      ? []
      : [
          `${counted(left, 'more line')} of this change ${left === 1 ? 'has' : 'have'} findings without a comment; all findings stand below.`,
        ]),
    ...(unannotated === 0
      ? []
      : [`${counted(unannotated, 'finding')} ${unannotated === 1 ? 'has' : 'have'} no annotation.`]),
  );
}
