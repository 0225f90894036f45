import type { App } from '../model/app.ts';
import { wantsOf } from '../model/content.ts';
import { matchesGlob } from '../model/glob.ts';
import { imagesIn } from '../model/image-places.ts';
import { ImageRefError, parseImageRef } from '../model/image-ref.ts';
import type { Policy } from '../model/policy.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import { singlesOf } from '../model/render-source.ts';
import type { World } from '../model/world.ts';
import type { Remotes } from './remotes.ts';

/**
 * For which repositories of registries a run may use the operator's credentials (DESIGN 8): those that the policy in force lists, and
 * in a change from a fork only those that the base refers to, unless somebody who may write gave leave. The registry client asks, the
 * pipeline tells; before the policy is known, none.
 */
export interface CredentialRule {
  /** `true`, or the end of a sentence that says why not. */
  readonly mayUse: (repository: string) => true | string;
  /** They were sent to read `registry/path`. */
  used(repository: string): void;
  follow(policy: Policy): void;
  /** The base refers to `registry/path`. */
  standsInBase(repository: string): void;
  /** What was read with them by leave alone, sorted. */
  usedByLeave(): readonly string[];
}

/** What whoever reads registries needs of it. */
export type CredentialUse = Pick<CredentialRule, 'mayUse'> & Partial<Pick<CredentialRule, 'used'>>;

export interface CredentialsOf {
  readonly isFromFork: boolean;
  /** Of somebody who may write, for this head and base. */
  readonly hasLeave?: boolean;
}

const BROUGHT_BY_FORK =
  'a pull request from a fork brings it in, and credentials are not used for that until somebody with write permission has looked at it and runs this check again; or let a branch of this repository bring it in';

export function credentialRule({ isFromFork, hasLeave = false }: CredentialsOf): CredentialRule {
  const state: { patterns: readonly string[] } = { patterns: [] };
  const inBase = new Set<string>();
  const sent = new Set<string>();
  const needsLeave = (repository: string) => isFromFork && !inBase.has(repository);
  return {
    mayUse(repository) {
      if (!state.patterns.some((pattern) => matchesGlob(pattern, repository)))
        return `the policy does not list it; add ${repository} to registries.credentials in .presync.yaml of the base branch`;
      return !needsLeave(repository) || hasLeave ? true : BROUGHT_BY_FORK;
    },
    used: (repository) => void sent.add(repository),
    follow({ registries }) {
      state.patterns = registries.credentials;
    },
    standsInBase: (repository) => void inBase.add(repository),
    usedByLeave: () => [...sent].filter(needsLeave).toSorted(),
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

/** Tells the rule which images the base runs. */
export function tellImages(rule: CredentialRule | undefined, { manifests }: World, { imageFields }: Policy): void {
  if (rule === undefined) return;
  const images = manifests.flatMap((manifest) => imagesIn(manifest, imageFields));
  for (const { ref } of images) if (ref !== undefined) rule.standsInBase(ref.repository);
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
