import { type Closure, closureFacts } from '../../model/closure.ts';
import type { Bring, EngineRequest, Mount, Reads, RemoteAnswer, RemoteRequest } from '../../ports/engine.ts';

/** One answer of `bring`. */
export interface Asked {
  readonly wanted: readonly RemoteRequest[];
  readonly answer: RemoteAnswer;
}

/**
 * What a render looked at, in the order in which it came to it: first in the mounts of its request (`wanted` is empty), then in
 * what it asked for. Paths alone: what stood there is in the facts.
 */
export interface Stage {
  readonly wanted: readonly RemoteRequest[];
  readonly reads: readonly Closure[];
}

/** The same request, and a list that grows by what is asked of its `bring`. */
export function recording(request: EngineRequest): readonly [EngineRequest, readonly Asked[]] {
  const { bring } = request;
  const asked: Asked[] = [];
  if (bring === undefined) return [request, asked];
  const heard: Bring = async (wanted, signal) => {
    // Whatever ends without mounts stands in the list as refused, a throw too.
    const answer = await bring(wanted, signal).catch((error: unknown) => {
      asked.push({ wanted, answer: { denied: [] } });
      throw error;
    });
    asked.push({ wanted, answer });
    return answer;
  };
  return [{ ...request, bring: heard }, asked];
}

/** Undefined where something was refused, or a read is of no mount that is known: nothing can be said of another tree then. */
export function stagesOf(
  request: EngineRequest,
  asked: readonly Asked[],
  reads: readonly Reads[],
): readonly Stage[] | undefined {
  if (asked.some(({ answer }) => 'denied' in answer)) return undefined;
  const places = [request.mounts, ...asked.map(({ answer }) => mountsOf(answer))].map((mounts) =>
    mounts.map(({ at }) => at),
  );
  if (reads.some(({ at }) => !places.flat().includes(at))) return undefined;
  return places.map((stage, index) => ({
    wanted: asked[index - 1]?.wanted ?? [],
    reads: reads.filter(({ at }) => stage.includes(at)).map(pathsOf),
  }));
}

function pathsOf({ at, files, present, absent, listed, links }: Reads): Closure {
  return { at, files: files.map(([path]) => [path, ''] as const), present, absent, listed, links };
}

function mountsOf(answer: RemoteAnswer): readonly Mount[] {
  return 'mounts' in answer ? answer.mounts : [];
}

/**
 * What the stage's paths hold for this request; undefined where what it asks for does not come. Only to be asked once the facts of
 * the stages before are those of the render, which then asked for the same.
 */
export async function factsOf(
  { wanted, reads }: Stage,
  request: EngineRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const mounts = wanted.length === 0 ? request.mounts : await brought(wanted, request, signal);
  const facts = reads.map((one) => {
    const tree = mounts.find(({ at }) => at === one.at)?.tree;
    return tree === undefined ? undefined : closureFacts([one], tree);
  });
  return facts.includes(undefined) ? undefined : JSON.stringify([mounts.map(({ at }) => at), facts]);
}

async function brought(
  wanted: readonly RemoteRequest[],
  { bring, mounts }: EngineRequest,
  signal: AbortSignal,
): Promise<readonly Mount[]> {
  const answer = await bring?.(wanted, signal);
  if (answer === undefined || 'denied' in answer) return [];
  const root = mounts.find(({ at }) => at === '/')?.tree;
  return answer.mounts.map(({ at, tree, isOwn }) => ({ at, tree: isOwn ? (root ?? tree) : tree }));
}
