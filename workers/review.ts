import { createHash } from 'node:crypto';
import type { Hunk } from '../src/model/change.ts';
import { ChangeHostError, type ReviewComment } from '../src/ports/change-host.ts';
import type { WorkerDeps } from './deps.ts';
import { type Head, idOf, type Member, nameOf } from './head.ts';

/** Of one pull request; more would be forgotten, and a comment perhaps repeated. */
const MAX_REMEMBERED = 500;

/**
 * One review of a pull request for a head, if there is anything new to say on lines that the change wrote. It only comments
 * (R8), and everything in it stands in the check run as well.
 */
export async function review(deps: WorkerDeps, { ref, head }: Head, { stored, pull, report }: Member): Promise<void> {
  const { host, store, log } = deps;
  const record = await store.run(nameOf(stored.key));
  // What is known may be of a newer run already, whose own verdict will be reviewed.
  if (pull === undefined || record?.externalId !== idOf(stored) || record.reviewId !== null) return;
  const placed = report.comments.flatMap((comment) => placeIn(comment, stored.hunks));
  const comments = placed.filter((comment) => !record.commented.includes(digestOf(comment)));
  if (comments.length === 0) return;
  // The store may have been lost since it was written: what stands on GitHub decides (A23).
  const marker = `<!-- presync:review:${head} -->`;
  const [before] = await host.reviews(ref, pull.number, marker);
  try {
    const body = `${report.reviewBody}\n\n${marker}`;
    const reviewId = before ?? (await host.review(ref, pull.number, { head, body, comments }));
    const commented = [...record.commented, ...comments.map(digestOf)].slice(-MAX_REMEMBERED);
    await store.putRun(nameOf(stored.key), { ...record, reviewId, commented });
  } catch (error) {
    // R5: lines of a very large diff are refused. The check run says it all.
    if (!(error instanceof ChangeHostError && error.code === 'REFUSED')) throw error;
    log.warn({ pull: pull.number }, 'GitHub refused the comments of a review');
  }
}

/** R2, R3: one comment outside the hunks fails the whole review. Several lines only where one hunk holds them all. */
function placeIn(comment: ReviewComment, hunks: readonly Hunk[]): readonly ReviewComment[] {
  const hunk = hunks.find(({ file, newStart, newLines }) => {
    const isInside = comment.line >= newStart && comment.line < newStart + newLines;
    return file === comment.path && isInside;
  });
  if (hunk === undefined) return [];
  return [{ ...comment, startLine: Math.min(comment.line, Math.max(comment.startLine, hunk.newStart)) }];
}

/** Lines move from push to push; where and what is said tell whether it was said before. */
function digestOf({ path, body }: ReviewComment): string {
  return createHash('sha256').update(path).update('\0').update(body).digest('hex').slice(0, 32);
}
