import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type EngineProgram, engineOf } from '../src/adapters/engine/engine-pool.ts';
import { memoise } from '../src/adapters/engine/memoise.ts';
import { fetchPullRequest } from '../src/adapters/git/fetch-pull-request.ts';
import { openRepository } from '../src/adapters/git/repository.ts';
import type { Subject } from '../src/model/subject.ts';
import { policyTextOf, type PolicyText } from '../src/pipeline/rules.ts';
import { validate } from '../src/pipeline/validate.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Repository } from '../src/ports/repository.ts';
import type { ToolRunner } from '../src/ports/tool-runner.ts';
import type { Judge, JudgeInput } from './deps.ts';

export interface JudgeParts {
  readonly runner: ToolRunner;
  readonly clock: Clock;
  readonly engine: EngineProgram;
  /** Clones lie below it, one a repository. */
  readonly stateDir: string;
  /** `http://host:port` that the operator allows without TLS. */
  readonly plainHosts: readonly string[];
  readonly operatorPolicy: PolicyText | undefined;
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
  { facts, pull }: JudgeInput,
  parts: JudgeParts,
  signal: AbortSignal,
): ReturnType<Judge> {
  const { clock, runner, engine, operatorPolicy } = parts;
  const pool = engineOf({ runner, ...engine });
  try {
    const change = {
      base: pull.base,
      head: pull.head,
      baseBranch: pull.baseBranch,
      repositoryUrls: facts.urls,
      operatorPolicy,
    };
    const verdict = await validate(change, { repository, engine: memoise(pool), clock }, signal);
    const policy = operatorPolicy ?? (await policyTextOf(await repository.tree(pull.base)));
    const policyDigest = createHash('sha256')
      .update(policy?.text ?? '')
      .digest('hex');
    return { verdict, policyDigest, hunks: await hunksOf(repository, pull) };
  } finally {
    await pool.close();
  }
}

/** Without a common history there is no diff, and nothing to comment on; the verdict has said so already. */
async function hunksOf(
  repository: Repository,
  { base, head }: JudgeInput['pull'],
): Promise<Awaited<ReturnType<Repository['hunks']>>> {
  const merge = await repository.merge(base, head);
  return merge.status === 'conflict' && merge.files.length === 0 ? [] : repository.hunks(base, head);
}
