import type { Issued } from './certificate.ts';
import { ENTRIES, type EntryKind } from './entries.ts';
import type { CertificateKnobs } from './fulcio.ts';
import type { Identity } from './identity.ts';
import { aSigningKey, type Hash, type SigningKey, signedBy } from './keys.ts';
import type { OwnCertificate } from './own-authority.ts';
import type { LogEntry, Logged } from './rekor.ts';
import type { SigningWorld } from './world.ts';

/** Who signs: a person or workflow by a certificate of ten minutes, a key alone, or a certificate of one's own authority. */
export type SignedBy =
  | { readonly identity: Identity; readonly certificate?: CertificateKnobs | undefined; readonly key?: SigningKey }
  | { readonly key: SigningKey }
  | { readonly own: OwnCertificate };

export interface SigningWish {
  readonly by: SignedBy;
  /** Omitted: the world's time. */
  readonly at?: Date | undefined;
  /** Omitted: what is usual for the kind of key. */
  readonly hash?: Hash | undefined;
  /**
   * What proves the time. `rekor`: entry with time and promise; `tiles`: entry of the newer log, and a timestamp;
   * `timestamp`: no log; omitted: `rekor` where the world has one, else `timestamp`.
   */
  readonly proof?: 'rekor' | 'tiles' | 'timestamp' | 'none' | undefined;
  /** A timestamp besides, or (`false`) none where one belongs. */
  readonly timestamp?: boolean | undefined;
  /** Kind of the log entry; omitted: what the format writes. */
  readonly entry?: EntryKind | undefined;
  /** Hostile: what is logged in place of the truth (P-C1, P-C2). */
  readonly logged?: Partial<Logged> | undefined;
  /** Hostile: the time that the log claims. */
  readonly loggedAt?: Date | undefined;
  /** Hostile: the timestamp is for these bytes. */
  readonly stamped?: Uint8Array | undefined;
}

export interface Named {
  readonly key: SigningKey;
  readonly certificate?: Issued | undefined;
  /** Above the certificate, the root last. */
  readonly chain: readonly Issued[];
}

export interface Signature extends Named {
  readonly signature: Uint8Array;
  readonly entry: LogEntry | undefined;
  readonly timestamp: Uint8Array | undefined;
}

/** What a signer is known by. The certificate is new at each call. */
export function signerOf(world: SigningWorld, by: SignedBy, at: Date = world.at): Named {
  if ('own' in by) return { key: by.own.key, certificate: by.own.leaf, chain: by.own.chain };
  if (!('identity' in by)) return { key: by.key, chain: [] };
  const key = by.key ?? aSigningKey();
  const { fulcio } = world;
  const certificate = fulcio.certify(by.identity, key, at, by.certificate);
  return { key, certificate, chain: [fulcio.intermediate, fulcio.root] };
}

export interface Signable {
  readonly bytes: Uint8Array;
  readonly envelope?: { readonly payload: Uint8Array; readonly payloadType: string } | undefined;
  /** Makes the envelope once its signature is there. */
  readonly wrap?: ((signature: Uint8Array) => string) | undefined;
  /** What a timestamp is over; omitted: the signature. */
  readonly stamps?: 'envelope' | undefined;
  /** What is logged where nothing else is asked for. */
  readonly entry: { readonly rekor: EntryKind; readonly tiles: EntryKind };
}

export function signIn(world: SigningWorld, wish: SigningWish, what: Signable): Signature {
  const named = signerOf(world, wish.by, wish.at);
  const key = wish.hash === undefined ? named.key : { ...named.key, hash: wish.hash };
  const signature = signedBy(key, what.bytes);
  const json = what.wrap?.(signature);
  const envelope = what.envelope && json !== undefined ? { ...what.envelope, json } : undefined;
  const verifier = { key, certificate: named.certificate };
  const logged = { verifier, signature, signed: what.bytes, envelope, ...wish.logged };
  return { ...named, key, signature, ...proofsOf(world, wish, what, logged) };
}

function proofsOf(
  world: SigningWorld,
  wish: SigningWish,
  what: Signable,
  logged: Logged,
): Pick<Signature, 'entry' | 'timestamp'> {
  const { at = world.at, proof = usualProof(world) } = wish;
  const isStamped = wish.timestamp ?? (proof === 'timestamp' || proof === 'tiles');
  const timestamp = isStamped ? stamperOf(world, wish).stamp(wish.stamped ?? stampedOf(what, logged), at) : undefined;
  if (proof === 'timestamp' || proof === 'none') return { entry: undefined, timestamp };
  return { entry: keptIn(world, proof, { ...wish, entry: wish.entry ?? what.entry[proof] }, logged), timestamp };
}

/** Who brings an authority of his own brings its timestamps. */
function stamperOf({ timestamps }: SigningWorld, { by }: SigningWish): Pick<OwnCertificate, 'stamp'> {
  return 'own' in by ? by.own : timestamps;
}

function stampedOf({ stamps }: Signable, { signature, envelope }: Logged): Uint8Array {
  return stamps === 'envelope' ? Buffer.from(envelope?.json ?? '') : signature;
}

function usualProof({ rekor }: SigningWorld): 'rekor' | 'timestamp' {
  return rekor === undefined ? 'timestamp' : 'rekor';
}

function keptIn(
  world: SigningWorld,
  name: 'rekor' | 'tiles',
  { entry, loggedAt, at }: SigningWish & { readonly entry: EntryKind },
  logged: Logged,
): LogEntry {
  const log = world[name];
  if (log === undefined) throw new Error(`a world of this style has no ${name}`);
  return log.keep(ENTRIES[entry](logged), loggedAt ?? at ?? world.at);
}
