import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type EngineProgram, engineOf } from '../src/adapters/engine/engine-pool.ts';
import { cachedEngine } from '../src/adapters/engine/render-cache.ts';
import { fetchPullRequest } from '../src/adapters/git/fetch-pull-request.ts';
import { openRepository } from '../src/adapters/git/repository.ts';
import { openMemo } from '../src/adapters/store/blob-memo.ts';
import type { SealedCache } from '../src/adapters/store/sealed-cache.ts';
import type { InstallationId } from '../src/model/ids.ts';
import type { Subject } from '../src/model/subject.ts';
import type { Verdict } from '../src/model/verdict.ts';
import { type CredentialUse, credentialRule } from '../src/pipeline/credential-rule.ts';
import { remotesOf } from '../src/pipeline/remotes.ts';
import { withOwnRevisions } from '../src/pipeline/own-revisions.ts';
import { policyTextOf, type PolicyText } from '../src/pipeline/rules.ts';
import { validate } from '../src/pipeline/validate.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Log } from '../src/ports/log.ts';
import type { Repository } from '../src/ports/repository.ts';
import type { ToolRunner } from '../src/ports/tool-runner.ts';
import type { Judge, JudgeInput } from './deps.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { Images } from './images.ts';

export interface JudgeParts {
  readonly runner: ToolRunner;
  readonly clock: Clock;
  readonly engine: EngineProgram;
  /** Clones lie below it, one a repository. */
  readonly stateDir: string;
  /** `http://host:port` that the operator allows without TLS. */
  readonly plainHosts: readonly string[];
  readonly operatorPolicy: PolicyText | undefined;
  /** Which engine and which presync: what they keep is theirs alone. */
  readonly build: string;
  /** What earlier jobs of an installation have made, and no job of another one sees. */
  cacheOf(installation: InstallationId): SealedCache;
  /** Content from elsewhere, for one scope. */
  elsewhere(scope: string, rule: CredentialUse): Elsewhere;
  readonly images: Pick<Images, 'of'>;
  readonly log: Log;
}

/** The head's ref in the repository of the base (T10); the head of a merge group is named by its commit. */
function headRef(subject: Subject, { pull }: JudgeInput): string {
  return subject.kind === 'pull' ? `refs/pull/${subject.number}/head` : pull.head;
}

/**
 * The pipeline on a clone of the repository. An engine serves this one job, and so one installation: what a render might leave in
 * its process is gone with it (DESIGN 3.2).
 */
export function judgeOn(parts: JudgeParts): Judge {
  return async (input, signal) => {
    const { facts, pull, subject, token } = input;
    const into = join(parts.stateDir, 'clones', createHash('sha256').update(facts.cloneUrl).digest('hex').slice(0, 32));
    const refs = [headRef(subject, input), `refs/heads/${pull.baseBranch}`] as const;
    const wanted = { cloneUrl: facts.cloneUrl, token, baseSha: pull.base, headSha: pull.head, refs, into };
    await fetchPullRequest(parts.runner, { ...wanted, plainHosts: parts.plainHosts }, signal);
    const repository = await openRepository(parts.runner, into);
    try {
      return await judge(repository, input, parts, signal);
    } finally {
      await repository.close();
    }
  };
}

async function judge(
  repository: Repository,
  { ref, facts, pull, token, lock, leave }: JudgeInput,
  parts: JudgeParts,
  signal: AbortSignal,
): ReturnType<Judge> {
  const { clock, runner, build, operatorPolicy } = parts;
  const cache = parts.cacheOf(ref.installation);
  const engine = cachedEngine(engineOf({ runner, ...parts.engine }), { cache, build });
  const credentials = credentialRule({ isFromFork: pull.fromFork, hasLeave: leave !== undefined });
  const elsewhere = parts.elsewhere(String(ref.installation), credentials);
  const memo = await openMemo(cache, { build, repository: String(ref.repository) });
  try {
    const change = {
      base: pull.base,
      head: pull.head,
      baseBranch: pull.baseBranch,
      repositoryUrls: facts.urls,
      operatorPolicy,
    };
    const remote = withOwnRevisions(elsewhere.remote, { repository, ownUrls: facts.urls });
    const remotes = remotesOf(remote, lock);
    const images = { ...parts.images.of({ elsewhere, rule: credentials, cache, token }), known: lock };
    const verdict = await validate(change, { repository, engine, memo, clock, remotes, images, credentials }, signal);
    const policy = operatorPolicy ?? (await policyTextOf(await repository.tree(pull.base)));
    const policyDigest = createHash('sha256')
      .update(policy?.text ?? '')
      .digest('hex');
    const said = withLeave(verdict, credentials.usedByLeave(), leave);
    return { verdict: said, policyDigest, hunks: await hunksOf(repository, pull) };
  } finally {
    await memo.save();
    await Promise.all([engine.close(), elsewhere.close()]);
    tellTroubles(cache, ref, parts.log);
  }
}

/** Whoever reads the verdict sees what was read with the operator's credentials, and who answers for it. */
function withLeave(verdict: Verdict, used: readonly string[], leave: JudgeInput['leave']): Verdict {
  if (leave === undefined || used.length === 0) return verdict;
  const note = `Credentials were used for ${used.join(', ')}, which a pull request from a fork brings in: run again by @${leave.by.login}.`;
  return { ...verdict, notes: [...verdict.notes, note] };
}

/** What was changed in the store has been made again; that somebody changed it should be known. */
function tellTroubles(cache: SealedCache, { installation }: JudgeInput['ref'], log: Log): void {
  const { rejected, unanswered } = cache.troubles();
  if (rejected > 0) log.error({ installation, rejected }, 'kept renders were not as presync wrote them');
  if (unanswered > 0) log.warn({ installation, unanswered }, 'the store of kept renders did not answer');
}

/** Without a common history there is no diff, and nothing to comment on; the verdict has said so already. */
async function hunksOf(
  repository: Repository,
  { base, head }: JudgeInput['pull'],
): Promise<Awaited<ReturnType<Repository['hunks']>>> {
  const merge = await repository.merge(base, head);
  return merge.status === 'conflict' && merge.files.length === 0 ? [] : repository.hunks(base, head);
}
