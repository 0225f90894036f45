import type { App } from '../model/app.ts';
import { wantsOf } from '../model/content.ts';
import { matchesGlob } from '../model/glob.ts';
import { ImageRefError, parseImageRef } from '../model/image-ref.ts';
import type { Policy } from '../model/policy.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import { singlesOf } from '../model/render-source.ts';
import type { Remotes } from './remotes.ts';

/**
 * For which repositories of registries a run may use the operator's credentials (DESIGN 8): those that the policy in force lists, and
 * in a change from a fork only those that the base refers to. The registry client asks, the pipeline tells; before the policy is
 * known, none.
 */
export interface CredentialRule {
  /** `true`, or the end of a sentence that says why not. */
  readonly mayUse: (repository: string) => true | string;
  follow(policy: Policy): void;
  /** The base refers to `registry/path`. */
  standsInBase(repository: string): void;
}

export function credentialRule({ isFromFork }: { readonly isFromFork: boolean }): CredentialRule {
  const state: { patterns: readonly string[] } = { patterns: [] };
  const inBase = new Set<string>();
  return {
    mayUse(repository) {
      if (!state.patterns.some((pattern) => matchesGlob(pattern, repository)))
        return `the policy does not list it; add ${repository} to registries.credentials in .presync.yaml of the base branch`;
      if (!isFromFork || inBase.has(repository)) return true;
      return 'a pull request from a fork brings it in, and credentials are not used for that; let a branch of this repository bring it in';
    },
    follow({ registries }) {
      state.patterns = registries.credentials;
    },
    standsInBase: (repository) => void inBase.add(repository),
  };
}

/** The same, telling the rule what is brought for the base. */
export function ofBase(remotes: Remotes, rule: CredentialRule | undefined): Remotes {
  if (rule === undefined) return remotes;
  return {
    ...remotes,
    bring(want, signal) {
      tell(rule, want);
      return remotes.bring(want, signal);
    },
  };
}

/** Tells the rule what the apps of the base are made of, before any of them is rendered. */
export function tellApps(rule: CredentialRule | undefined, apps: Iterable<App>): void {
  if (rule === undefined) return;
  for (const { source } of apps)
    for (const { content } of singlesOf(source)) for (const want of wantsOf(content)) tell(rule, want);
}

function tell(rule: CredentialRule, want: RemoteWant): void {
  if (want.kind !== 'oci') return;
  try {
    rule.standsInBase(parseImageRef(want.url.replace(/^oci:\/\//, '').replace(/\/+$/, '')).repository);
  } catch (error) {
    // What is no address of a repository is refused by whoever fetches it.
    if (!(error instanceof ImageRefError)) throw error;
  }
}
