import type { Octokit } from '@octokit/rest';
import { parseCommitSha } from '../../model/ids.ts';
import {
  ChangeHostError,
  type Annotation,
  type ChangeHost,
  type CheckRun,
  type CheckRunReport,
  type RepositoryRef,
} from '../../ports/change-host.ts';
import type { Clients } from './clients.ts';
import { ANNOTATIONS_PER_REQUEST, fitReport } from './fit.ts';

/** The name that rulesets require (S2); it never changes. */
const NAME = 'presync';
/** A request that must not be sent twice: annotations append, and a second POST is a second run (C2, C14). */
const ONCE = { retries: 0 };

export interface At {
  readonly owner: string;
  readonly repo: string;
}

interface Parts {
  readonly clients: Clients;
  readonly appId: number;
  readonly locate: (ref: RepositoryRef) => Promise<At>;
}

type CheckRuns = Pick<ChangeHost, 'checkRuns' | 'startRun' | 'completeRun'>;

export function checkRuns({ clients, appId, locate }: Parts): CheckRuns {
  async function asking<Answer>(ref: RepositoryRef, doing: string, ask: (octokit: Octokit, at: At) => Promise<Answer>) {
    const at = await locate(ref);
    return await clients.within(ref, { purpose: 'publish', doing }, (octokit) => ask(octokit, at));
  }

  const list: ChangeHost['checkRuns'] = (ref, head) =>
    asking(ref, 'listing check runs', async (octokit, at) => {
      const query = { ...at, ref: head, check_name: NAME, app_id: appId, filter: 'all', per_page: 100 } as const;
      const found = await octokit.paginate(octokit.rest.checks.listForRef, query);
      // Anybody may give a run this name; ours are those of our App (A23, S2).
      return found
        .filter(({ app, name }) => app?.id === appId && name === NAME)
        .map(toRun)
        .toSorted((a, b) => b.id - a.id);
    });

  return {
    checkRuns: list,
    async startRun(ref, head, externalId) {
      const known = async (): Promise<CheckRun | undefined> =>
        (await list(ref, head)).find((run) => run.externalId === externalId);
      const before = await known();
      if (before !== undefined) return before;
      try {
        return await asking(ref, 'starting a check run', async (octokit, at) => {
          const start = { name: NAME, head_sha: head, external_id: externalId, status: 'in_progress' } as const;
          return toRun((await octokit.rest.checks.create({ ...at, ...start, request: ONCE })).data);
        });
      } catch (error) {
        // C14: an answer that was lost may stand for a run that was made.
        const made = error instanceof ChangeHostError && error.code === 'UNREACHABLE' ? await known() : undefined;
        if (made === undefined) throw error;
        return made;
      }
    },
    async completeRun(ref, run, { conclusion, report: whole }, onProgress) {
      const report = fitReport(whole);
      const left = batchesOf(report.annotations.slice(run.annotations));
      let standing = run.annotations;
      for (const [index, batch] of left.entries()) {
        const isLast = index === left.length - 1;
        await asking(ref, 'publishing a check run', (octokit, at) =>
          octokit.rest.checks.update({
            ...at,
            check_run_id: run.id,
            ...(isLast ? { status: 'completed', conclusion } : {}),
            output: outputOf(report, batch),
            request: ONCE,
          }),
        );
        standing += batch.length;
        await onProgress(standing);
      }
    },
  };
}

/** At least one, for the conclusion has to be sent also where no annotation is left. */
function batchesOf(annotations: readonly Annotation[]): readonly (readonly Annotation[])[] {
  const starts = Array.from({ length: Math.ceil(annotations.length / ANNOTATIONS_PER_REQUEST) }, (_, at) => at);
  const batches = starts.map((at) =>
    annotations.slice(at * ANNOTATIONS_PER_REQUEST, (at + 1) * ANNOTATIONS_PER_REQUEST),
  );
  return batches.length === 0 ? [[]] : batches;
}

function outputOf({ title, summary, text }: CheckRunReport, annotations: readonly Annotation[]) {
  return {
    title,
    summary,
    ...(text === '' ? {} : { text }),
    annotations: annotations.map(({ path, startLine, endLine, level, title: heading, message }) => ({
      path,
      start_line: startLine,
      end_line: endLine,
      annotation_level: level,
      message,
      ...(heading === '' ? {} : { title: heading }),
    })),
  };
}

interface RunAnswer {
  readonly id: number;
  readonly head_sha: string;
  readonly external_id: string | null;
  readonly status: string;
  readonly output: { readonly annotations_count: number };
}

function toRun({ id, head_sha: head, external_id: externalId, status, output }: RunAnswer): CheckRun {
  return {
    id,
    head: parseCommitSha(head),
    externalId: externalId ?? '',
    completed: status === 'completed',
    annotations: output.annotations_count,
  };
}
