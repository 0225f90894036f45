import type { Artifact } from '../model/artifact.ts';
import { parseImageRef } from '../model/image-ref.ts';
import { parseIndexed } from '../model/indexed-chart.ts';
import type { LockEntry } from '../model/lock.ts';
import { lockText, type OciWant, type RemoteWant } from '../model/remote-want.ts';
import type { Side } from '../model/world.ts';
import type { AppPair } from './affected.ts';
import type { Rendered } from './render-app.ts';

const SIDES = ['base', 'merged'] as const;

/** The charts and artifacts that apps were rendered from, with the digests that were: each is an image with a signature of its own. */
export function artifactsIn(pairs: readonly AppPair[], lock: readonly LockEntry[]): readonly Artifact[] {
  const locked = new Map(lock.map(({ kind, ref, resolved }) => [keyOf(kind, ref), resolved]));
  return SIDES.flatMap((side) =>
    pairs.flatMap((pair) => (pair[side] === undefined ? [] : artifactsOf(side, pair[side], locked))),
  );
}

function keyOf(kind: LockEntry['kind'], ref: string): string {
  return `${kind} ${ref}`;
}

function artifactsOf(side: Side, { app, looks }: Rendered, locked: ReadonlyMap<string, string>): readonly Artifact[] {
  const wants = looks.flatMap(({ mounts }) => mounts.flatMap((mount) => mount.wants));
  const distinct = new Map(wants.map((want) => [keyOf(want.kind, lockText(want)), want]));
  return [...distinct].flatMap(([key, want]) => {
    const resolved = locked.get(key);
    // What was not brought was not rendered: its app says so.
    const found = resolved === undefined ? undefined : imageOf(want, resolved);
    return found === undefined ? [] : [{ side, app: app.id, cluster: app.cluster, ...found }];
  });
}

/** A chart of an HTTP repository is an image where the index leads to a registry. */
function imageOf(want: RemoteWant, resolved: string): Pick<Artifact, 'content' | 'ref'> | undefined {
  switch (want.kind) {
    case 'oci':
      return { content: want.content, ref: refOf(want, resolved) };
    case 'helm': {
      const indexed = parseIndexed(resolved);
      return indexed && { content: 'chart', ref: indexed.image };
    }
    case 'git':
    case 'http':
      return undefined;
  }
}

function refOf({ url, reference, range }: OciWant, digest: string): Artifact['ref'] {
  const { registry, repository } = parseImageRef(url.slice('oci://'.length).replace(/\/+$/, ''));
  return { registry, repository, tag: tagOf(range ?? reference), digest };
}

/** As imageText writes it; a range and a digest are no tags. */
function tagOf(reference: string): string | undefined {
  return /^\w[\w.-]{0,127}$/.test(reference) ? reference : undefined;
}
