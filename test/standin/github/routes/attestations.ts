import { snappy } from '../../../builders/snappy.ts';
import type { Answer, Call, Route } from '../call.ts';
import { paginate, repositoryIn } from '../call.ts';
import { notFound } from '../refusal.ts';
import type { World } from '../world.ts';

/** https://docs.github.com/rest/repos/attestations#list-attestations */
export const ATTESTATIONS: readonly Route[] = [
  {
    key: 'GET /repos/{owner}/{repo}/attestations/{subject_digest}',
    need: { permission: 'attestations', level: 'read' },
    isOutsideContract: true,
    serve: listAttestations,
  },
];

const STORE = /^\/attestation-store\/(\d+)\.json\.sn$/;

/** What GitHub keeps in a store of its own it gives by an address, which needs no token. */
function listAttestations(call: Call): Answer {
  const { world, params } = call;
  const { id, fullName } = repositoryIn(call);
  const kept = world.attestations.flatMap((one, index) =>
    one.repo === fullName && one.digest === params['subject_digest'] ? [{ ...one, index }] : [],
  );
  if (kept.length === 0) throw notFound();
  const shown = kept.map(({ bundle, isPacked, index }) => ({
    repository_id: id,
    bundle: isPacked ? null : bundle,
    bundle_url: `${world.url}/attestation-store/${index}.json.sn?sig=stand-in`,
  }));
  const { items, headers } = paginate(call, shown);
  return { status: 200, body: { attestations: items }, headers };
}

/** The packed bytes, for whoever has the address; undefined: it is another page. */
export function storedAttestation(world: World, path: string): Answer | undefined {
  const [, index] = STORE.exec(path) ?? [];
  const kept = index === undefined ? undefined : world.attestations[Number(index)];
  if (kept === undefined) return undefined;
  const body = Buffer.from(snappy(Buffer.from(JSON.stringify(kept.bundle))));
  return { status: 200, body, headers: { 'content-type': 'application/x-snappy' } };
}
