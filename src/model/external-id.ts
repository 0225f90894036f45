import { type CommitSha, parseCommitSha } from './ids.ts';

/**
 * What a check run stands for (A29). `rules` names everything besides the base commit that judges: the operator's
 * configuration and the build; the repository's own policy is part of the base commit.
 */
export interface RunIdentity {
  readonly head: CommitSha;
  readonly base: CommitSha;
  readonly rules: string;
  /** From 1; one more for each time that somebody asks for a re-run (C2: a re-run is a new check run). */
  readonly attempt: number;
}

const FORM = /^v1:([0-9a-f]{40}|[0-9a-f]{64}):([0-9a-f]{40}|[0-9a-f]{64}):([0-9a-f]{8,64}):([1-9][0-9]{0,5})$/;

export function externalId({ head, base, rules, attempt }: RunIdentity): string {
  return `v1:${head}:${base}:${rules}:${attempt}`;
}

/** Undefined for ids of another form, which are not presync's business. */
export function parseExternalId(text: string): RunIdentity | undefined {
  const [, head, base, rules, attempt] = FORM.exec(text) ?? [];
  if (head === undefined || base === undefined || rules === undefined || attempt === undefined) return undefined;
  return { head: parseCommitSha(head), base: parseCommitSha(base), rules, attempt: Number(attempt) };
}
