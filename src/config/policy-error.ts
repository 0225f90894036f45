import { PresyncError } from '../model/error.ts';
import type { PolicyProblem, PolicyProblemCode } from './policy-problems.ts';

/** A text that is no policy: every problem with its line. `code` is that of the first. */
export class PolicyError extends PresyncError<PolicyProblemCode> {
  readonly file: string;
  readonly problems: readonly PolicyProblem[];

  constructor(file: string, problems: readonly [PolicyProblem, ...PolicyProblem[]]) {
    super(problems[0].code, problems.map(({ line, message }) => `${file}:${line}: ${message}`).join('; '));
    this.file = file;
    this.problems = problems;
  }
}
