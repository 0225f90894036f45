import { z } from 'zod';
import { parseCommitSha, parseInstallationId, parseRepositoryId } from '../model/ids.ts';
import { LOGIN } from '../model/person.ts';
import type { Subject } from '../model/subject.ts';
import type { CancelScope } from '../ports/queue.ts';
import { NOTHING, type Plan, type PlannedJob } from './plan.ts';

const Sha = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
  .transform(parseCommitSha);
const Installed = z.object({ installation: z.object({ id: z.int().positive().transform(parseInstallationId) }) });
const RepositoryIs = z.object({ id: z.int().positive().transform(parseRepositoryId) });
const InRepository = Installed.extend({ repository: RepositoryIs });
const Branch = z
  .string()
  .startsWith('refs/heads/')
  .max(255)
  .transform((ref) => ref.slice('refs/heads/'.length));

type Place = z.infer<typeof InRepository>;

/**
 * The events that presync acts on, and what each asks for. An event that is not listed, and an action that is not listed, ask
 * for nothing. Only ids and names of commits and branches are read; the worker asks GitHub for the rest (A25, A28).
 */
export function planFor(event: string, payload: unknown, appId: number): Plan {
  const plan = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
  return plan === undefined ? NOTHING : plan(payload, appId);
}

export function isKnownEvent(event: string): boolean {
  return Object.hasOwn(EVENTS, event);
}

const EVENTS: Readonly<Record<string, (payload: unknown, appId: number) => Plan>> = {
  pull_request: pullRequest,
  merge_group: mergeGroup,
  check_run: (payload, appId) => rerequested(payload, appId, 'check_run'),
  check_suite: (payload, appId) => rerequested(payload, appId, 'check_suite'),
  push,
  installation,
  installation_repositories: installationRepositories,
  repository,
};

const PullRequestEvent = InRepository.extend({
  action: z.string(),
  pull_request: z.object({ number: z.int().positive() }),
  changes: z.object({ base: z.unknown() }).partial().optional(),
});

function pullRequest(payload: unknown): Plan {
  const event = PullRequestEvent.parse(payload);
  const subject: Subject = { kind: 'pull', number: event.pull_request.number };
  switch (event.action) {
    case 'opened':
    case 'reopened':
    case 'ready_for_review':
      return validated(event, subject, { supersede: false });
    case 'synchronize':
      return validated(event, subject, { supersede: true });
    case 'edited':
      // T16: only another base branch changes what is judged.
      return event.changes?.base === undefined ? NOTHING : validated(event, subject, { supersede: true });
    case 'closed':
      return ended(event, subject);
    default:
      return NOTHING;
  }
}

const MergeGroupEvent = InRepository.extend({
  action: z.string(),
  merge_group: z.object({ head_sha: Sha, base_sha: Sha, base_ref: Branch }),
});

function mergeGroup(payload: unknown): Plan {
  const { merge_group: group, ...event } = MergeGroupEvent.parse(payload);
  const subject: Subject = { kind: 'group', head: group.head_sha, base: group.base_sha, baseBranch: group.base_ref };
  if (event.action === 'checks_requested') return validated(event, subject, { supersede: false });
  return event.action === 'destroyed' ? ended(event, subject) : NOTHING;
}

function validated(event: Place, subject: Subject, { supersede }: { readonly supersede: boolean }): Plan {
  const of = { version: 1, ...placeOf(event), subject } as const;
  const jobs: readonly PlannedJob[] = [
    { job: { name: 'announce', ...of, why: 'changed' }, supersede: false },
    { job: { name: 'validate', ...of }, supersede },
  ];
  return { cancel: [], jobs };
}

function ended(event: Place, subject: Subject): Plan {
  const of = { version: 1, ...placeOf(event), subject } as const;
  return {
    cancel: [{ ...placeOf(event), subject }],
    jobs: [{ job: { name: 'announce', ...of, why: 'ended' }, supersede: false }],
  };
}

function placeOf({
  installation: { id },
  repository: { id: repositoryId },
}: Place): Required<Omit<CancelScope, 'subject'>> {
  return { installation: id, repository: repositoryId };
}

const Rerequested = z.object({ head_sha: Sha, app: z.object({ id: z.int() }) });
/** Who pressed the button; what he may do is asked of GitHub. Bots press none. */
const Sender = z
  .object({ id: z.int().positive(), login: z.string().regex(LOGIN), type: z.literal('User') })
  .transform(({ id, login }) => ({ id, login }))
  .nullable()
  .catch(null);

/** C11: `check_run.rerequested` goes only to the App that owns the run, and is compared all the same. */
function rerequested(payload: unknown, appId: number, field: 'check_run' | 'check_suite'): Plan {
  const event = InRepository.extend({ action: z.string(), sender: Sender }).loose().parse(payload);
  if (event.action !== 'rerequested') return NOTHING;
  const { app, head_sha: rerun } = Rerequested.parse(event[field]);
  return app.id === appId ? looked(event, { base: null, rerun, by: event.sender }) : NOTHING;
}

const PushEvent = InRepository.extend({ ref: z.string(), deleted: z.boolean().default(false) });

/** A29: what was judged against the old tip of a base branch is judged again. */
function push(payload: unknown): Plan {
  const event = PushEvent.parse(payload);
  const branch = Branch.safeParse(event.ref);
  const isBranch = branch.success && !branch.data.startsWith('gh-readonly-queue/') && !event.deleted;
  return isBranch ? looked(event, { base: branch.data, rerun: null, by: null }) : NOTHING;
}

type Part = Pick<NonNullable<Extract<PlannedJob['job'], { name: 'reconcile' }>['scope']>, 'base' | 'rerun' | 'by'>;

function looked(event: Place, part: Part): Plan {
  const job = { name: 'reconcile', version: 1, scope: { ...placeOf(event), ...part } } as const;
  return { cancel: [], jobs: [{ job, supersede: false }] };
}

const Action = Installed.extend({ action: z.string() });

function installation(payload: unknown): Plan {
  const {
    action,
    installation: { id },
  } = Action.parse(payload);
  if (action === 'deleted' || action === 'suspend') return { cancel: [{ installation: id }], jobs: [] };
  const isNew = action === 'created' || action === 'unsuspend' || action === 'new_permissions_accepted';
  return isNew
    ? { cancel: [], jobs: [{ job: { name: 'reconcile', version: 1, scope: null }, supersede: false }] }
    : NOTHING;
}

const InstallationRepositories = Action.extend({
  repositories_added: z.array(RepositoryIs).default([]),
  repositories_removed: z.array(RepositoryIs).default([]),
});

function installationRepositories(payload: unknown): Plan {
  const event = InstallationRepositories.parse(payload);
  const { id } = event.installation;
  return {
    cancel: event.repositories_removed.map((removed) => ({ installation: id, repository: removed.id })),
    jobs: event.repositories_added.flatMap(
      (added) => looked({ installation: { id }, repository: added }, { base: null, rerun: null, by: null }).jobs,
    ),
  };
}

/** W8: ids stay when names change; what left the installation's reach is stopped. */
function repository(payload: unknown): Plan {
  const event = InRepository.extend({ action: z.string() }).parse(payload);
  const isGone = ['deleted', 'transferred', 'archived'].includes(event.action);
  return isGone ? { cancel: [placeOf(event)], jobs: [] } : NOTHING;
}
