import { sentenceOf } from '../model/error.ts';
import { imageText, parseImageRef } from '../model/image-ref.ts';
import { canonicalJson } from '../model/json.ts';
import type { Believed, ImageEvidence, ImagePlatform, Trust } from '../model/provenance.ts';
import { type AttestationApi, AttestationApiError } from '../ports/attestation-api.ts';
import type { FetchFailure } from '../ports/fetch-failure.ts';
import type { EvidenceWant, ImageEvidenceSource } from '../ports/image-evidence.ts';
import { type ImageIndex, type ImageManifest, type ImageRegistry, RegistryError } from '../ports/image-registry.ts';
import type { SignatureVerifier } from '../ports/signature-verifier.ts';
import type { Timer } from '../ports/timer.ts';
import { joined, locateBeside, type Place, readLocated } from './attachments.ts';
import { bounded } from '../model/bounded.ts';
import { heldByGitHub, type HeldElsewhere } from './held.ts';
import { type Kept, keptFor, type KeptOptions, type ReadEvidence } from './kept.ts';
import type { Find } from './layers.ts';
import { AT_ONCE, LIMITS, MAX_NOTES } from './limits.ts';
import { undecided } from './missing-root.ts';
import { platformsOf, unknownsOf } from './platforms.ts';
import { claimedRepository } from './source.ts';
import { verifyAll } from './verify.ts';

export interface EvidenceOptions extends KeptOptions {
  readonly registry: ImageRegistry;
  readonly verifier: SignatureVerifier;
  /** Asked where one is given: attestations that GitHub keeps without pushing them to a registry. */
  readonly api?: AttestationApi | undefined;
  readonly timer: Timer;
  /** Hex of a text, as long as it takes to tell texts apart. */
  readonly hash: (text: string) => string;
  /** Which presync verifies: what another build believed is not believed by this one. */
  readonly build: string;
  /** As the registry was told: evidence that was read with credentials is nothing for whoever may not use them. */
  readonly mayUseCredentials?: ((repository: string) => true | string) | undefined;
}

/**
 * What stands behind an image: its digest by its own bytes, everything beside it, and what of that is proven. A tag is resolved once,
 * and all that follows is asked by digest (P-D1). The manifest or index that the reference names is asked; with `platforms` each
 * platform of an index, too. Nothing that goes wrong makes a shorter answer.
 */
export function imageEvidence(options: EvidenceOptions): ImageEvidenceSource {
  const hashes = new WeakMap<Trust, string>();
  const trustHash = (trust: Trust): string => {
    const hash = hashes.get(trust) ?? options.hash(canonicalJson(trust));
    hashes.set(trust, hash);
    return hash;
  };
  return {
    async read(want, trust, signal) {
      signal.throwIfAborted();
      const reading = new Reading(options, { want, trust, trustHash: trustHash(trust) });
      return (await reading.pinned()) ?? (await inTime(reading, options.timer, signal));
    },
  };
}

/** A registry that answers byte by byte would hold up everything else. */
async function inTime(reading: Reading, timer: Timer, signal: AbortSignal): Promise<ImageEvidence> {
  const limit = new AbortController();
  const late = `${reading.name} and what lies beside it could not be read within ${LIMITS.imageMs / 1000} s`;
  const cancel = timer.after(LIMITS.imageMs, () => limit.abort(new RegistryError('UNREACHABLE', late)));
  try {
    return await reading.evidence(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    return failed(limit.signal.aborted ? limit.signal.reason : error, undefined);
  } finally {
    cancel();
  }
}

const STATUS: Readonly<Record<FetchFailure, Exclude<ImageEvidence['status'], 'read'>>> = {
  DENIED: 'no-access',
  NOT_FOUND: 'not-found',
  UNREACHABLE: 'unreachable',
  TOO_LARGE: 'invalid',
  INVALID: 'invalid',
};

/** A fault of our own is an answer, too: that the image could not be judged. */
function failed(error: unknown, digest: string | undefined): ImageEvidence {
  const isKnown = error instanceof RegistryError || error instanceof AttestationApiError;
  return { status: isKnown ? STATUS[error.code] : 'invalid', digest, reason: sentenceOf(error) };
}

interface Asked {
  readonly want: EvidenceWant;
  readonly trust: Trust;
  readonly trustHash: string;
}

interface Elsewhere {
  readonly at: Place;
  readonly find: Find;
}

const NOT_HELD: HeldElsewhere = { attachments: [], notes: [] };

class Reading {
  readonly name: string;
  readonly #options: EvidenceOptions;
  readonly #asked: Asked;
  readonly #at: Place;

  constructor(options: EvidenceOptions, asked: Asked) {
    const { registry, repository } = asked.want.ref;
    this.name = imageText(asked.want.ref);
    this.#options = options;
    this.#asked = asked;
    this.#at = { registry: options.registry, repository: { registry, repository } };
  }

  /** Of an image named by its digest what is kept of it: nobody has to be asked what it is. */
  async pinned(): Promise<ImageEvidence | undefined> {
    const { ref, isAfresh = false } = this.#asked.want;
    return ref.digest === undefined || isAfresh ? undefined : (await this.#kept(ref.digest)).fresh();
  }

  async evidence(signal: AbortSignal): Promise<ImageEvidence> {
    const { ref, isAfresh = false } = this.#asked.want;
    const { registry, repository } = this.#at;
    const document = await registry.manifest(repository, ref.digest ?? ref.tag ?? 'latest', signal);
    const kept = await this.#kept(document.digest);
    const before = isAfresh ? undefined : kept.fresh();
    return before ?? (await this.#look(document, kept, signal));
  }

  /** The image is there: what keeps us from seeing what lies beside it is never a lack of access to it, nor its absence. */
  async #look(document: ImageManifest | ImageIndex, kept: Kept, signal: AbortSignal): Promise<ImageEvidence> {
    try {
      return await this.#behind(document, kept, signal);
    } catch (error) {
      const evidence = failed(error, document.digest);
      const isHidden = evidence.status === 'no-access' || evidence.status === 'not-found';
      return isHidden ? { ...evidence, status: 'unreachable' } : evidence;
    }
  }

  async #behind(document: ImageManifest | ImageIndex, kept: Kept, signal: AbortSignal): Promise<ImageEvidence> {
    const platforms = document.kind === 'index' ? platformsOf(document) : [];
    const digests = this.#digestsOf(document, platforms);
    const [finds, held] = await Promise.all([
      bounded(digests, AT_ONCE, (digest) => locateBeside(this.#at, digest, signal)),
      this.#heldElsewhere(document, digests, signal),
    ]);
    const find = joined(finds);
    const elsewhere = await this.#locateElsewhere(digests, signal);
    const found = this.#options.hash(
      [nameOf(find, held), ...elsewhere.map(({ find: more }) => nameOf(more, NOT_HELD))].join(),
    );
    const same = await kept.same(found);
    if (same !== undefined) return same;
    // It starts while what was found is fetched.
    if (find.located.length + held.attachments.length > 0) this.#options.verifier.prepare();
    const read = await readLocated(this.#at, find.located, signal);
    const attachments = [...read.attachments, ...held.attachments];
    const subjects = [...new Set([document.digest, ...platforms.map(({ digest }) => digest)])];
    const artifacts = await this.#bytesOf(document, find, signal);
    const { want, trust } = this.#asked;
    const about = { subjects, artifacts, predicates: want.predicates, trust };
    const verified = await verifyAll(this.#options.verifier, attachments, about, signal);
    const open = undecided(document.digest, verified.rejected, this.#asked.trust);
    if (open !== undefined) return open;
    const evidence: ReadEvidence = {
      status: 'read',
      digest: document.digest,
      isIndex: document.kind === 'index',
      platforms,
      believed: verified.believed,
      ...(elsewhere.length === 0 ? {} : { elsewhere: await this.#believedElsewhere(elsewhere, about, signal) }),
      rejected: [...find.rejected, ...read.rejected, ...verified.rejected],
      notes: shownNotes([...unknownNote(document), ...find.notes, ...held.notes]),
    };
    await kept.keep(found, evidence);
    return evidence;
  }

  /** Rules may name repositories: what lies there is found as beside the image, by its digest. */
  #locateElsewhere(digests: readonly string[], signal: AbortSignal): Promise<readonly Elsewhere[]> {
    const { registry } = this.#options;
    return bounded(this.#asked.want.places ?? [], AT_ONCE, async (name) => {
      const { registry: host, repository } = parseImageRef(name);
      const at = { registry, repository: { registry: host, repository } };
      const finds = await bounded(digests, AT_ONCE, (digest) => locateBeside(at, digest, signal));
      return { at, find: joined(finds) };
    });
  }

  async #believedElsewhere(
    elsewhere: readonly Elsewhere[],
    about: Omit<Parameters<typeof verifyAll>[2], 'attachment'>,
    signal: AbortSignal,
  ): Promise<readonly Believed[]> {
    const all = await bounded(elsewhere, AT_ONCE, async ({ at, find }) => {
      const { attachments } = await readLocated(at, find.located, signal);
      const { believed } = await verifyAll(this.#options.verifier, attachments, about, signal);
      return believed.map((one) => ({ ...one, at: at.repository.repository }));
    });
    return all.flat();
  }

  /** A bundle may be a bare signature over the bytes of what it lies beside. */
  async #bytesOf(
    document: ImageManifest | ImageIndex,
    { located }: Find,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const bundled = located.filter(({ format }) => format === 'sigstore-bundle').map(({ beside }) => beside);
    const others = [...new Set(bundled)].filter((digest) => digest !== document.digest);
    const { registry, repository } = this.#at;
    const more = await bounded(others, AT_ONCE, (digest) => registry.manifest(repository, digest, signal));
    return [document, ...more].map(({ bytes }) => bytes);
  }

  #digestsOf(document: ImageManifest | ImageIndex, platforms: readonly ImagePlatform[]): readonly string[] {
    if (!this.#asked.want.platforms) return [document.digest];
    if (platforms.length > LIMITS.platforms)
      throw new RegistryError(
        'TOO_LARGE',
        `${this.#at.repository.repository}@${document.digest} has ${platforms.length} platforms, more than the ${LIMITS.platforms} that presync asks for one by one`,
      );
    return [...new Set([document.digest, ...platforms.map(({ digest }) => digest)])];
  }

  async #heldElsewhere(
    document: ImageManifest | ImageIndex,
    digests: readonly string[],
    signal: AbortSignal,
  ): Promise<HeldElsewhere> {
    const { api } = this.#options;
    if (api === undefined) return NOT_HELD;
    const repository = this.#asked.want.repository ?? (await claimedRepository(this.#at, document, signal));
    if (repository === undefined) return NOT_HELD;
    return heldByGitHub(api, { repository, digests }, signal);
  }

  #kept(digest: string): Promise<Kept> {
    const { want, trustHash } = this.#asked;
    const { repository } = this.#at.repository;
    const { api, build, mayUseCredentials } = this.#options;
    const leave = mayUseCredentials?.(repository) === true;
    const places = (want.places ?? []).map((place) => [place, mayUseCredentials?.(place) === true]);
    const more = [want.predicates ?? [], places];
    const ways = [want.platforms, api !== undefined, want.repository ?? null, leave, build, ...more];
    return keptFor([repository, digest, trustHash, ...ways], this.#options);
  }
}

/** One text for all that was found; the content behind each digest is what it hashes to. */
function nameOf({ located, rejected, notes }: Find, held: HeldElsewhere): string {
  const digests = located.map(({ format, digest, beside, annotations }) => ({ format, digest, beside, annotations }));
  const others = held.attachments.map(({ digest, beside }) => ({ digest, beside }));
  return canonicalJson([digests, rejected, notes, others, held.notes]);
}

function unknownNote(document: ImageManifest | ImageIndex): readonly string[] {
  const count = document.kind === 'index' ? unknownsOf(document) : 0;
  return count === 0
    ? []
    : [`${count} manifests for unknown/unknown in the index: they carry no signature and prove nothing`];
}

function shownNotes(notes: readonly string[]): readonly string[] {
  const different = [...new Set(notes)];
  const left = different.length - MAX_NOTES;
  return left > 0 ? [...different.slice(0, MAX_NOTES), `and ${left} more`] : different;
}
