import { PresyncError } from '../model/error.ts';
import type { z } from 'zod';
import type { Policy } from '../model/policy.ts';
import { type PolicyProblem, type PolicyProblemCode, problemsOf } from './policy-problems.ts';
import { PolicySchema } from './policy-schema.ts';
import { type Path, readYaml } from './yaml.ts';

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

/** The rules where a repository has none (DESIGN 8): broken renders and new critical RBAC grants block, the rest is advice. */
export const DEFAULT_POLICY: Policy = frozen(PolicySchema.parse({ version: 1 }), '');

/** The text of a `.presync.yaml`. Throws PolicyError with every problem at once. */
export function readPolicy(text: string, fileName: string): Policy {
  return readPolicyLines(text, fileName).policy;
}

/** The same, with the line of each of its keys and items. */
export function readPolicyLines(
  text: string,
  fileName: string,
): { readonly policy: Policy; readonly lineOf: (path: Path) => number } {
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
  const { repository, argocd, flux, clusters, apps, ignore, accept, rbac, policy, registries, waivers } = written;
  const images = written.images.map(({ match, require }) => {
    return { match, from: fileName, mode: 'block' as const, require: { ...require, platforms: 'index' as const } };
  });
  return freezeAll({
    repository,
    argocd,
    flux,
    clusters,
    apps,
    ignore,
    accept,
    images,
    rbac,
    policy,
    registries,
    waivers,
  });
}

function freezeAll<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freezeAll);
  return Object.freeze(value);
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
