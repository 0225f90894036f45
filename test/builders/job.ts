import { parseCommitSha, parseInstallationId, parseRepositoryId } from '../../src/model/ids.ts';
import type { VerdictKey } from '../../src/model/verdict-key.ts';
import { verdictId } from '../../src/model/verdict-key.ts';
import type { AnnounceJob, PublishJob, ValidateJob } from '../../src/ports/queue.ts';

export const HEAD = parseCommitSha('a'.repeat(40));
export const BASE = parseCommitSha('b'.repeat(40));
export const RULES = '0123456789abcdef';

export function aKey(overrides: Partial<VerdictKey> = {}): VerdictKey {
  return {
    installation: 1,
    repository: 10,
    subject: 'pull/1',
    head: HEAD,
    base: BASE,
    rules: RULES,
    attempt: 1,
    ...overrides,
  };
}

interface OfPull {
  readonly installation?: number;
  readonly repository?: number;
  readonly pull?: number;
}

function ofPull({ installation = 1, repository = 10, pull = 1 }: OfPull) {
  return {
    version: 1,
    installation: parseInstallationId(installation),
    repository: parseRepositoryId(repository),
    subject: { kind: 'pull', number: pull },
  } as const;
}

export function aValidateJob(of: OfPull = {}): ValidateJob {
  return { name: 'validate', ...ofPull(of) };
}

export function anAnnounceJob(of: OfPull & { readonly why?: AnnounceJob['why'] } = {}): AnnounceJob {
  return { name: 'announce', ...ofPull(of), why: of.why ?? 'changed' };
}

export function aPublishJob(key: Partial<VerdictKey> = {}): PublishJob {
  return { name: 'publish', version: 1, verdict: verdictId(aKey(key)) };
}
