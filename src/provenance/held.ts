import type { Attachment } from '../model/provenance.ts';
import type { AttestationApi } from '../ports/attestation-api.ts';
import { RegistryError } from '../ports/image-registry.ts';
import { bounded } from '../model/bounded.ts';
import { AT_ONCE, LIMITS } from './limits.ts';

export interface HeldElsewhere {
  readonly attachments: readonly Attachment[];
  readonly notes: readonly string[];
}

/** Attestations that GitHub keeps for the digests. Throws AttestationApiError: what could not be asked is not "nothing there". */
export async function heldByGitHub(
  api: AttestationApi,
  { repository, digests }: { readonly repository: string; readonly digests: readonly string[] },
  signal: AbortSignal,
): Promise<HeldElsewhere> {
  const found = await bounded(digests, AT_ONCE, async (digest) => {
    const held = await api.of(repository, digest, signal);
    if (held === undefined) return { attachments: [], notes: [] };
    const attachments = held.bundles.map(
      (bundle, index): Attachment => ({
        format: 'sigstore-bundle',
        place: `attestation ${index + 1} that GitHub keeps for ${repository}`,
        digest: bundle.digest,
        beside: digest,
        content: bundle.content,
        annotations: {},
        isElsewhere: true,
      }),
    );
    const left = `${held.unread} attestations that GitHub keeps for ${repository} are in a form that presync does not read`;
    return { attachments, notes: held.unread === 0 ? [] : [left] };
  });
  const attachments = found.flatMap((one) => one.attachments);
  if (attachments.length > LIMITS.attachments)
    throw new RegistryError('TOO_LARGE', `GitHub keeps more than ${LIMITS.attachments} attestations for ${repository}`);
  return { attachments, notes: [...new Set(found.flatMap(({ notes }) => notes))] };
}
