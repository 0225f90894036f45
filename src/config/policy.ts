import type { z } from 'zod';
import type { Policy } from '../model/policy.ts';
import { freezeAll } from './frozen.ts';
import { PolicyError } from './policy-error.ts';
import { type PolicyProblem, problemsOf } from './policy-problems.ts';
import { imageRule } from './image-rules.ts';
import { PolicySchema } from './policy-schema.ts';
import { trustPolicy } from './trust-keys.ts';
import { type Path, readYaml } from './yaml.ts';

export { DEFAULT_POLICY } from './default-policy.ts';
export { PolicyError } from './policy-error.ts';

export interface ReadPolicy {
  readonly policy: Policy;
  readonly lineOf: (path: Path) => number;
}

/** The text of a `.presync.yaml`. Throws PolicyError with every problem at once. */
export function readPolicy(text: string, fileName: string): Policy {
  return readPolicyLines(text, fileName).policy;
}

/** The same, with the line of each of its keys and items. */
export function readPolicyLines(text: string, fileName: string): ReadPolicy {
  const document = readYaml(text);
  if (!('value' in document))
    throw policyError(
      fileName,
      document.map((problem) => ({ code: 'SYNTAX', ...problem })),
    );
  const value = document.value ?? {};
  const result = PolicySchema.safeParse(value);
  if (!result.success)
    throw policyError(
      fileName,
      result.error.issues.flatMap((issue) => problemsOf(issue, document)),
    );
  return { policy: frozen(result.data, fileName), lineOf: document.lineOf };
}

/** Without `version`, which has done its work; nobody can change it later. */
function frozen(written: z.infer<typeof PolicySchema>, fileName: string): Policy {
  const { version: _, images, trust, ...rest } = written;
  const rules = images.map((entry) => imageRule(entry, fileName));
  return freezeAll({ ...rest, images: rules, trust: trustPolicy(trust, images) });
}

/** More than a person reads; a file of nothing but mistakes must not fill a report. */
const MAX_PROBLEMS = 100;

function policyError(file: string, problems: readonly PolicyProblem[]): PolicyError {
  const [first, ...rest] = problems.toSorted((a, b) => a.line - b.line);
  const said = rest.slice(0, MAX_PROBLEMS - 1);
  const left = rest.slice(said.length);
  const more = left.slice(0, 1).map((one) => ({ ...one, message: `and ${left.length} more problems from here on` }));
  return new PolicyError(file, [first ?? { code: 'SYNTAX', line: 1, message: 'this is no policy' }, ...said, ...more]);
}
