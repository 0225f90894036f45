import { canonicalJson } from '../model/json.ts';
import type { LockEntry } from '../model/lock.ts';
import { lockText, type RemoteWant, wantText } from '../model/remote-want.ts';
import { type Remote, type RemoteContent, RemoteError, type Resolved } from '../ports/remote.ts';

/** A reference that means something else than when this head was judged first. */
export interface Moved {
  readonly want: RemoteWant;
  readonly was: string;
  readonly is: string;
}

/** What one run brings from elsewhere: each reference is resolved once, and stands in the Lock (DESIGN 6). */
export interface Remotes {
  /** Throws RemoteError. */
  bring(want: RemoteWant, signal: AbortSignal): Promise<RemoteContent>;
  /** Sorted by kind and reference. */
  lock(): readonly LockEntry[];
  moved(): readonly Moved[];
}

interface Brought {
  readonly want: RemoteWant;
  readonly resolved: Resolved;
  readonly content: RemoteContent;
}

/** Where nothing is fetched, each want is refused with this sentence. */
export function refusing(sentence: string): Remote {
  const refuse = () => Promise.reject(new RemoteError('DENIED', sentence));
  return { resolve: refuse, fetch: refuse };
}

export function noRemotes(sentence: string): Remotes {
  return remotesOf(refusing(sentence), []);
}

/**
 * `known` is the Lock of an earlier verdict on the same head. What it names keeps its meaning, so that a re-run and the merge queue
 * judge the same content, also while the source cannot be reached; that a reference has moved since is told apart.
 */
export function remotesOf(remote: Remote, known: readonly LockEntry[]): Remotes {
  const running = new Map<string, Promise<Brought>>();
  const brought = new Map<string, Brought>();
  const moved: Moved[] = [];

  async function resolve(want: RemoteWant, signal: AbortSignal): Promise<Resolved & { readonly locked?: LockEntry }> {
    const locked = known.find(({ kind, ref }) => kind === want.kind && ref === lockText(want));
    if (locked === undefined) return remote.resolve(want, signal);
    const now = await remote.resolve(want, signal).catch(nothingWhileUnreachable);
    if (now !== undefined && now.resolved !== locked.resolved)
      moved.push({ want, was: locked.resolved, is: now.resolved });
    return { resolved: locked.resolved, isPinned: now?.isPinned ?? false, locked };
  }

  async function bring(want: RemoteWant, signal: AbortSignal): Promise<Brought> {
    const { locked, ...resolved } = await resolve(want, signal);
    const content = await remote.fetch(want, resolved.resolved, signal);
    if (locked !== undefined && locked.digest !== content.digest)
      throw new RemoteError('INVALID', `${wantText(want)} has other content than when this was judged first`);
    const one = { want, resolved, content };
    brought.set(keyOf(want), one);
    return one;
  }

  return {
    async bring(want, signal) {
      const before = running.get(keyOf(want));
      const one = before ?? bring(want, signal);
      running.set(keyOf(want), one);
      return (await one).content;
    },
    lock: () =>
      onceEach([...brought.values()].map(toEntry)).toSorted((a, b) =>
        `${a.kind} ${a.ref}` < `${b.kind} ${b.ref}` ? -1 : 1,
      ),
    moved: () => moved,
  };
}

/** All of it: what reads alike for people may be other content. */
function keyOf(want: RemoteWant): string {
  return canonicalJson({ ...want });
}

/** What one want says and another leaves to the default is one entry. */
function onceEach(entries: readonly LockEntry[]): readonly LockEntry[] {
  return [...new Map(entries.map((entry) => [canonicalJson({ ...entry }), entry])).values()];
}

function toEntry({ want, resolved, content }: Brought): LockEntry {
  return { kind: want.kind, ref: lockText(want), resolved: resolved.resolved, digest: content.digest };
}

/** What was judged before can be judged again without its source. */
function nothingWhileUnreachable(error: unknown): undefined {
  if (error instanceof RemoteError && error.retryable) return undefined;
  throw error;
}
