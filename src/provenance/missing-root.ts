import type { ImageEvidence, MissingRoot, Rejected, Trust, TrustedRoot } from '../model/provenance.ts';
import type { ImageEvidenceSource } from '../ports/image-evidence.ts';
import type { RootSource } from '../ports/trusted-roots.ts';

/**
 * Of an image beside which something stands under a root that is not here nothing is known: the signature that policy asks for may be
 * just that one. Undefined where all could be judged.
 */
export function undecided(
  digest: string,
  rejected: readonly Rejected[],
  { missing = [] }: Trust,
): ImageEvidence | undefined {
  const [first] = rejected.flatMap(({ place, needs }) =>
    missing.filter(({ name }) => name === needs).map((root) => ({ place, root })),
  );
  if (first === undefined) return undefined;
  const { name, sentence } = first.root;
  return { status: 'unreachable', digest, reason: `${first.place} could not be checked: ${sentence}`, needs: name };
}

/**
 * Fetches a missing root when an image needs it, once for each trust, and asks for that image again. Whoever never meets such an image
 * never asks for the root.
 */
export function bringingRoots(source: ImageEvidenceSource, bring: RootSource['bring']): ImageEvidenceSource {
  const fuller = new WeakMap<Trust, Promise<Trust | string>>();
  const read: ImageEvidenceSource['read'] = async (want, trust, signal) => {
    const known = await fuller.get(trust);
    if (typeof known === 'object') return read(want, known, signal);
    const evidence = await source.read(want, trust, signal);
    const root = missingFor(evidence, trust);
    if (root === undefined) return evidence;
    const fetched = fuller.get(trust) ?? withRoot(trust, root, (name) => bring(name, signal));
    fuller.set(trust, fetched);
    const answer = await fetched;
    signal.throwIfAborted();
    return typeof answer === 'string' ? failedFor(evidence, answer) : read(want, answer, signal);
  };
  return { read };
}

function missingFor(evidence: ImageEvidence, { missing = [] }: Trust): MissingRoot | undefined {
  return evidence.status === 'read' ? undefined : missing.find(({ name }) => name === evidence.needs);
}

function failedFor(evidence: ImageEvidence, why: string): ImageEvidence {
  return evidence.status === 'read' ? evidence : { ...evidence, reason: `${evidence.reason} (${why})` };
}

/** The trust with that root, or why it cannot be had. */
async function withRoot(
  trust: Trust,
  { name }: MissingRoot,
  bring: (name: string) => Promise<TrustedRoot | string>,
): Promise<Trust | string> {
  const root = await bring(name);
  if (typeof root === 'string') return root;
  const missing = trust.missing?.filter((one) => one.name !== name);
  return { ...trust, roots: [...trust.roots, root], missing };
}
