import type { Location, Problem } from '../../model/finding.ts';
import type { Policy } from '../../model/policy.ts';
import type { Check, ProposedPolicy, Rule } from '../check.ts';
import { answers, apps, declared, generators, plugins } from './facts.ts';
import { images } from './images.ts';
import { registries } from './registries.ts';
import { allow, blockWhere, threshold } from './rbac.ts';
import { ignore, urls, weakened as ownRule } from './scope.ts';
import { imageFields, trust } from './trust.ts';
import { accept, clusters, waivers } from './waivers.ts';
import type { Comparison, Weakening } from './weakening.ts';

const invalid: Omit<Rule, 'hits'> = {
  id: 'policy/invalid',
  alias: '',
  title: 'The policy can be read',
  severity: 'high',
  enforcement: 'required',
  why: 'After the merge no change could be judged: a policy that cannot be read is never taken for an empty one.',
  fix: 'Write what the message asks for; docs/policy.md explains every key.',
  references: [],
};

const weakened: Omit<Rule, 'hits'> = {
  id: 'policy/weakened',
  alias: '',
  title: 'A change does not weaken the rules by which it is judged',
  severity: 'high',
  enforcement: 'required',
  why: 'What would be let through after the merge is not let through today; that is a decision of its own.',
  fix: 'Leave the rule as it is, or have those who own the policy merge this change by itself.',
  references: [],
};

/** Every rule of the family. */
export const RULES: readonly Omit<Rule, 'hits'>[] = [invalid, weakened];

/** One comparison for each key that decides what passes. */
const COMPARISONS: readonly Comparison[] = [
  images,
  imageFields,
  trust,
  threshold,
  blockWhere,
  allow,
  ownRule,
  ignore,
  accept,
  waivers,
  clusters,
  urls,
  registries,
  plugins,
  generators,
  declared,
  answers,
  apps,
];

/** A change of `.presync.yaml` itself (A1): today's rules judge it, and what it would let through tomorrow is said today. */
export const policy: Check = {
  id: 'policy',
  title: 'What the change does to the rules',
  looksAt: ({ proposed }) => proposed !== undefined,
  run: ({ policy: base, proposed }) => Promise.resolve(proposed === undefined ? [] : judge(base, proposed)),
};

function judge(base: Policy, proposed: ProposedPolicy): readonly Problem[] {
  if ('problem' in proposed) return invalidProblems(proposed.problem);
  const enforcement = base.policy.weakened === 'advise' ? 'advice' : 'required';
  return COMPARISONS.flatMap((compare) => compare(base, proposed.policy)).map((one) => ({
    ...problemOf(weakened, one.key, one.message),
    enforcement,
    ...locationOf(one, proposed),
  }));
}

type Invalid = Extract<ProposedPolicy, { problem: unknown }>['problem'];

function invalidProblems({ file, problems }: Invalid): readonly Problem[] {
  return problems.map(({ line, message }) => ({
    ...problemOf(invalid, message, message),
    location: { file, line, endLine: line },
  }));
}

/** The problem stands in the merge result alone: whatever the base was, nobody was judged by it in this change. */
function problemOf(
  { id, alias, severity, enforcement, why, fix }: Omit<Rule, 'hits'>,
  key: string,
  message: string,
): Problem {
  const subject = { app: '', object: null, pointer: '' };
  return {
    side: 'merged',
    rule: id,
    alias,
    severity,
    enforcement,
    ...subject,
    key,
    facets: [message],
    message,
    why,
    fix,
  };
}

function locationOf(
  { path }: Weakening,
  proposed: Extract<ProposedPolicy, { policy: Policy }>,
): { readonly location?: Location } {
  if (proposed.written === undefined) return {};
  const line = proposed.written.lineOf(path);
  return { location: { file: proposed.written.file, line, endLine: line } };
}
