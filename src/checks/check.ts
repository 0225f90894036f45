import type { Problem } from '../model/finding.ts';
import type { JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Artifact } from '../model/artifact.ts';
import type { PolicyAnswers } from '../model/image-policy.ts';
import type { ImageRule, Policy } from '../model/policy.ts';
import type { EvidenceBook } from '../model/provenance.ts';
import type { Severity } from '../model/severity.ts';
import type { World } from '../model/world.ts';

/**
 * The rules as the change would leave them, or why they would be none. `written` says where each stands (a path of keys and
 * indexes to a line, from 1); it is absent where the change removes the file.
 */
export type ProposedPolicy =
  | {
      readonly policy: Policy;
      readonly written?:
        | { readonly file: string; readonly lineOf: (path: readonly (string | number)[]) => number }
        | undefined;
    }
  | {
      readonly problem: {
        readonly file: string;
        readonly problems: readonly { readonly line: number; readonly message: string }[];
      };
    };

/** An app whose objects are not in the whole worlds, or not all of them. */
export interface NotCounted {
  readonly app: string;
  readonly cluster: string;
  readonly side: World['side'];
  readonly reason: string;
}

/** Every app of both sides, affected or not: what several objects give together is only seen there. */
export interface WholeWorlds {
  readonly base: World;
  readonly merged: World;
  /** What Kubernetes itself creates in every cluster. */
  readonly builtIn: readonly JsonObject[];
  readonly notCounted: readonly NotCounted[];
}

/** What was learnt of the images of both sides, and all that is required of them: by policy, and by objects of the base that other tools obey. */
export interface Provenance {
  readonly book: EvidenceBook;
  readonly rules: readonly ImageRule[];
  /** What policies say whose expressions were evaluated; absent where the base has none. */
  readonly imagePolicies?: PolicyAnswers | undefined;
  /** What the apps of both sides were rendered from, where it came from a registry. */
  readonly artifacts: readonly Artifact[];
  /** Objects of the base, of apps that the change does not touch too: a new image follows what runs of its repository anywhere. */
  readonly elsewhere: readonly Manifest[];
  /** When this is judged: signatures grow old. */
  readonly now: Date;
}

/** Both sides of what the change affects, and the policy of the base commit; `proposed` where the change touches that policy. */
export interface CheckInput {
  readonly base: World;
  readonly merged: World;
  /** Absent where there is no base to compare with. */
  readonly whole?: WholeWorlds | undefined;
  readonly policy: Policy;
  readonly proposed?: ProposedPolicy | undefined;
  /** Absent where nobody asked who stands behind the images. */
  readonly provenance?: Provenance | undefined;
}

/**
 * A family of rules. It says what is wrong on each side, or throws; the runner (src/pipeline) compares the sides and
 * makes the Outcome, so that no check can declare itself green.
 */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** Is it one of those that run? Absent: always. What nobody gave it the means for is not listed. */
  isAsked?(input: CheckInput): boolean;
  /** Is there anything for it on either side? If not, its outcome is `skipped: nothing to look at`. */
  looksAt(input: CheckInput): boolean;
  run(input: CheckInput, signal: AbortSignal): Promise<readonly Problem[]>;
  /** What of the merge result it could not look at although the change brings it, a sentence each: without a finding that makes it `errored`. */
  unknowns?(input: CheckInput): readonly string[];
}

/** What a rule found in one object; everything else of a Problem comes from the rule and the object. */
export interface Hit {
  readonly pointer: string;
  /** Tells several hits of one rule in one object apart, stable when lists are reordered. */
  readonly key: string;
  /** The single facts in normal form; one more fact than the base had is something new. */
  readonly facets: readonly string[];
  readonly message: string;
  readonly severity?: Severity;
  readonly enforcement?: Problem['enforcement'];
  readonly why?: string;
  readonly fix?: string;
}

/** One row of a family: looks at one object at a time. */
export interface Rule {
  readonly id: string;
  readonly alias: string;
  readonly title: string;
  readonly severity: Severity;
  readonly enforcement: Problem['enforcement'];
  readonly why: string;
  readonly fix: string;
  readonly references: readonly string[];
  hits(manifest: Manifest, policy: Policy): readonly Hit[];
}

function problemsOf(rule: Rule, world: World, policy: Policy): readonly Problem[] {
  const { id, alias, severity, enforcement, why, fix } = rule;
  return world.manifests.flatMap((manifest) =>
    rule.hits(manifest, policy).map((hit) => ({
      severity,
      enforcement,
      why,
      fix,
      ...hit,
      side: world.side,
      rule: id,
      alias,
      app: manifest.app,
      object: manifest.id,
    })),
  );
}

/** The `run` of a check whose rules look at one object at a time. */
export function eachManifest(rules: readonly Rule[]): Check['run'] {
  return ({ base, merged, policy }, signal) => {
    const problems = rules.flatMap((rule) => {
      signal.throwIfAborted();
      return [base, merged].flatMap((world) => problemsOf(rule, world, policy));
    });
    return Promise.resolve(problems);
  };
}
