import { z } from 'zod';
import { parseCommitSha, parseInstallationId, parseRepositoryId } from '../model/ids.ts';
import { LOGIN } from '../model/person.ts';
import { subjectKey } from '../model/subject.ts';
import { parseVerdictId, verdictId } from '../model/verdict-key.ts';
import { type CancelScope, type Job, QueueError, type ReconcileJob } from '../ports/queue.ts';

const Sha = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
  .transform(parseCommitSha);
const Installation = z.int().positive().transform(parseInstallationId);
const Repository = z.int().positive().transform(parseRepositoryId);
/** https://git-scm.com/docs/git-check-ref-format, as far as it keeps a name from being anything else. */
const Branch = z
  .string()
  .max(255)
  .regex(/^(?!-)[^\p{Cc}\s~^:?*[\\]+$/u);
const Subject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pull'), number: z.int().positive() }),
  z.strictObject({ kind: z.literal('group'), head: Sha, base: Sha, baseBranch: Branch }),
]);
const OfSubject = { version: z.literal(1), installation: Installation, repository: Repository, subject: Subject };
const Person = z.strictObject({ id: z.int().positive(), login: z.string().regex(LOGIN) });
const Part = z.strictObject({
  installation: Installation,
  repository: Repository,
  base: Branch.nullable(),
  rerun: Sha.nullable(),
  by: Person.nullable(),
});

/** Every job that can be queued. Values of ids only; one field too many and the job is refused (A28). */
const AnyJob: z.ZodType<Job> = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('announce'), ...OfSubject, why: z.enum(['changed', 'rerun', 'ended']) }),
  z.strictObject({ name: z.literal('validate'), ...OfSubject }),
  z.strictObject({ name: z.literal('publish'), version: z.literal(1), verdict: z.string().refine(isVerdictId) }),
  z.strictObject({ name: z.literal('reconcile'), version: z.literal(1), scope: Part.nullable() }),
]);

/** Throws QueueError (`MALFORMED`) that repeats nothing of what it was given. */
export function parseJob(value: unknown): Job {
  const parsed = AnyJob.safeParse(value);
  if (!parsed.success) throw new QueueError('MALFORMED', 'this is not a job that presync made; it is refused');
  return parsed.data;
}

const Scope = z.strictObject({
  installation: Installation,
  repository: Repository.exactOptional(),
  subject: Subject.exactOptional(),
});

export function parseScope(value: unknown): CancelScope {
  const parsed = Scope.safeParse(value);
  if (!parsed.success) throw new QueueError('MALFORMED', 'this is not a cancellation that presync made; it is refused');
  return parsed.data;
}

function isVerdictId(text: string): boolean {
  try {
    return verdictId(parseVerdictId(text)) === text;
  } catch {
    return false;
  }
}

/**
 * Two jobs with one id are one job, for whichever runs first reads the facts itself. A publish stands for its head: it
 * publishes all that is known there, and two at a time would send annotations twice (C2).
 */
export function jobId(job: Job): string {
  switch (job.name) {
    case 'announce':
      return `announce/${job.installation}/${job.repository}/${subjectKey(job.subject)}/${job.why}`;
    case 'validate':
      return `validate/${job.installation}/${job.repository}/${subjectKey(job.subject)}`;
    case 'publish': {
      const { installation, repository, head } = parseVerdictId(job.verdict);
      return `publish/${installation}/${repository}/${head}`;
    }
    case 'reconcile':
      return ['reconcile', ...partOf(job)].join('/');
  }
}

function partOf({ scope }: ReconcileJob): readonly (string | number)[] {
  if (scope === null) return [];
  const { installation, repository, rerun, base, by } = scope;
  // Who asks decides what the run may use: nobody's question stands for another's.
  return [installation, repository, rerun ?? 'all', base ?? '', by?.id ?? ''];
}

/** Whose turn it takes (A33); 0 is the operator's own. */
export function tenantOf(job: Job): number {
  switch (job.name) {
    case 'announce':
    case 'validate':
      return job.installation;
    case 'publish':
      return parseVerdictId(job.verdict).installation;
    case 'reconcile':
      return job.scope?.installation ?? 0;
  }
}

export function isInScope(job: Job, scope: CancelScope): boolean {
  if (job.name !== 'announce' && job.name !== 'validate') return false;
  if (job.installation !== scope.installation) return false;
  if (scope.repository !== undefined && job.repository !== scope.repository) return false;
  return scope.subject === undefined || subjectKey(job.subject) === subjectKey(scope.subject);
}
