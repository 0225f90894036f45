import { isGitHubIssuer } from './workflow-uri.ts';

/** Names that the CAs know for runners which the forge itself provides: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const HOSTED = new Set(['github-hosted', 'gitlab-hosted']);

/** A build of what somebody proposes, and nobody merged: of GitHub and of GitLab. */
function isOfProposal(trigger: string): boolean {
  return (
    trigger.startsWith('pull_request') || trigger === 'merge_request_event' || trigger === 'external_pull_request_event'
  );
}

export interface Started {
  readonly issuer: string;
  readonly trigger: string | undefined;
  readonly ref: string | undefined;
}

const UNSAID = 'it does not say what started the build';

/** What is wrong with how the build was started: by default a pull request may not start it (P-A6). */
export function triggerFault(allowed: readonly string[] | 'any' | undefined, started: Started): string | undefined {
  if (allowed === 'any') return undefined;
  const { trigger } = started;
  if (allowed === undefined) return proposalFault(started);
  if (trigger === undefined) return UNSAID;
  if (!allowed.includes(trigger)) return `the build was started by ${trigger}`;
  return isOfProposal(trigger) ? undefined : proposalFault(started);
}

/** GitHub always says what started a build; of other issuers some have nothing to say. */
function proposalFault({ issuer, trigger, ref }: Started): string | undefined {
  if (trigger !== undefined && isOfProposal(trigger)) return `the build was started by ${trigger}`;
  if (ref?.startsWith('refs/pull/') === true) return `the build is one of a pull request (${ref})`;
  return trigger === undefined && isGitHubIssuer(issuer) ? UNSAID : undefined;
}

/** A runner of somebody's own may have been changed by an earlier job; GitHub always says which kind it was. */
export function runnerFault(
  allowsSelfHosted: boolean,
  issuer: string,
  environment: string | undefined,
): string | undefined {
  if (allowsSelfHosted || (environment !== undefined && HOSTED.has(environment))) return undefined;
  if (environment !== undefined) return `the build ran on a runner that is ${environment}`;
  return isGitHubIssuer(issuer) ? 'it does not say on which kind of runner the build ran' : undefined;
}
