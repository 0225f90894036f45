import type { Verdict } from '../model/verdict.ts';
import { fit } from './sections.ts';
import { changeSections, summarySections } from './summary.ts';
import { tallyOf } from './tally.ts';

/** A step summary holds 1 MiB: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#step-isolation-and-limits */
const MAX_BYTES = 1_000_000;

/** For CI logs and step summaries: the summary of the check run, then all object changes. */
export function markdown(verdict: Verdict): string {
  return fit(
    [...summarySections(verdict, tallyOf(verdict), { drawsMermaid: true }), ...changeSections(verdict)],
    MAX_BYTES,
  );
}
