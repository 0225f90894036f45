import type { Artifact } from '../model/artifact.ts';
import { parseImageRef } from '../model/image-ref.ts';
import type { LockEntry } from '../model/lock.ts';
import { lockText, type OciWant, type RemoteWant } from '../model/remote-want.ts';
import type { Side } from '../model/world.ts';
import type { AppPair } from './affected.ts';
import type { Rendered } from './render-app.ts';

const SIDES = ['base', 'merged'] as const;

/** The charts and artifacts that apps were rendered from, with the digests that were: each is an image with a signature of its own. */
export function artifactsIn(pairs: readonly AppPair[], lock: readonly LockEntry[]): readonly Artifact[] {
  const digests = new Map(lock.filter(({ kind }) => kind === 'oci').map(({ ref, resolved }) => [ref, resolved]));
  return SIDES.flatMap((side) =>
    pairs.flatMap((pair) => (pair[side] === undefined ? [] : artifactsOf(side, pair[side], digests))),
  );
}

function artifactsOf(side: Side, { app, looks }: Rendered, digests: ReadonlyMap<string, string>): readonly Artifact[] {
  const wants = looks.flatMap(({ mounts }) => mounts.flatMap((mount) => mount.wants)).filter(isOci);
  const distinct = new Map(wants.map((want) => [lockText(want), want]));
  return [...distinct].flatMap(([text, want]) => {
    const ref = refOf(want, digests.get(text));
    return ref === undefined ? [] : [{ side, app: app.id, cluster: app.cluster, content: want.content, ref }];
  });
}

function isOci(want: RemoteWant): want is OciWant {
  return want.kind === 'oci';
}

/** What was not brought was not rendered: its app says so. */
function refOf({ url, reference, range }: OciWant, digest: string | undefined): Artifact['ref'] | undefined {
  if (digest === undefined) return undefined;
  const { registry, repository } = parseImageRef(url.slice('oci://'.length).replace(/\/+$/, ''));
  return { registry, repository, tag: tagOf(range ?? reference), digest };
}

/** As imageText writes it; a range and a digest are no tags. */
function tagOf(reference: string): string | undefined {
  return /^\w[\w.-]{0,127}$/.test(reference) ? reference : undefined;
}
