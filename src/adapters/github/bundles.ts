import { createHash } from 'node:crypto';
import { bounded } from '../../model/bounded.ts';
import { isObject, type JsonValue } from '../../model/json.ts';
import { AttestationApiError, type HeldAttestations } from '../../ports/attestation-api.ts';
import { FAILURE_OF, failureOfStatus } from '../../ports/fetch-failure.ts';
import { type Http, HttpError } from '../../ports/http.ts';
import { unpackSnappy } from './snappy.ts';

interface Asked {
  readonly http: Http;
  readonly baseUrl: string;
  /** For sentences: the list that they stand in. */
  readonly name: string;
}

type Bundle = HeldAttestations['bundles'][number];

/** Packed and unpacked; as many bytes as an attachment beside an image may have, and all of them together. */
const BUNDLE_BYTES = 32 * 1024 * 1024;
const ALL_BYTES = 128 * 1024 * 1024;
const MAX_PACKED = 250;
const AT_ONCE = 4;
const TIMEOUT_MS = 30_000;

/**
 * The bundles of a list of attestations. GitHub gives one itself, or by an address at a store of its own (`bundle_url`) where it lies
 * packed: https://github.com/cli/cli/blob/trunk/pkg/cmd/attestation/api/client.go (getBundle). What cannot be fetched is an error, since
 * it may matter; what is fetched and is no bundle is counted. Throws AttestationApiError.
 */
export async function bundlesIn(
  entries: readonly JsonValue[],
  asked: Asked,
  signal: AbortSignal,
): Promise<HeldAttestations> {
  const held = entries.map((entry) => bundleIn(entry) ?? addressIn(entry));
  if (held.filter((one) => typeof one === 'string').length > MAX_PACKED)
    throw new AttestationApiError('TOO_LARGE', `${asked.name} has more than ${MAX_PACKED} that are kept elsewhere`);
  const left = { bytes: ALL_BYTES };
  const found = await bounded(held, AT_ONCE, async (one) =>
    typeof one === 'string' ? await fetched(one, { ...asked, left }, signal) : one,
  );
  const bundles = found.filter((bundle) => bundle !== undefined);
  return { bundles, unread: entries.length - bundles.length };
}

/** What is verified is what was parsed here, written anew: nobody reads other bytes than the verifier. */
function bundleIn(entry: JsonValue): Bundle | undefined {
  const bundle = isObject(entry) ? entry['bundle'] : undefined;
  return isObject(bundle) ? bundleOf(Buffer.from(JSON.stringify(bundle))) : undefined;
}

function bundleOf(content: Uint8Array): Bundle {
  return { content, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` };
}

function addressIn(entry: JsonValue): string | undefined {
  const url = isObject(entry) ? entry['bundle_url'] : undefined;
  return typeof url === 'string' && url !== '' ? url : undefined;
}

interface Fetching extends Asked {
  readonly left: { bytes: number };
}

/** Without the token, which is GitHub's alone: the address has a signature of its own, so that it is never shown either. */
async function fetched(url: string, asked: Fetching, signal: AbortSignal): Promise<Bundle | undefined> {
  const { http, name, left } = asked;
  assertAllowed(url, asked);
  const limits = { maxBytes: BUNDLE_BYTES, timeoutMs: TIMEOUT_MS, redirects: 'refuse' } as const;
  const { status, body } = await http.request({ url, ...limits }, signal).catch((cause: unknown) => {
    if (!(cause instanceof HttpError)) throw cause;
    throw new AttestationApiError(FAILURE_OF[cause.code], `an attestation of ${name}: ${cause.message}`, { cause });
  });
  const failure = failureOfStatus(status);
  if (failure !== undefined) {
    // The image is there, whatever became of what was said of it.
    const code = failure === 'NOT_FOUND' ? 'INVALID' : failure;
    throw new AttestationApiError(code, `an attestation of ${name} could not be read (its store answered ${status})`);
  }
  const content = unpackSnappy(body, BUNDLE_BYTES);
  if (content === undefined) return undefined;
  if (content === 'TOO_LARGE')
    throw new AttestationApiError('TOO_LARGE', `an attestation of ${name} has more than ${BUNDLE_BYTES} bytes`);
  left.bytes -= content.length;
  if (left.bytes < 0) throw new AttestationApiError('TOO_LARGE', `${name} has more than ${ALL_BYTES} bytes`);
  return bundleOf(content);
}

/** Whatever hosts the transport allows, private ones by name alone; without TLS only where the API itself has none. */
function assertAllowed(url: string, { baseUrl, name }: Asked): void {
  const protocol = URL.parse(url)?.protocol;
  if (protocol === 'https:' || (protocol === 'http:' && baseUrl.startsWith('http:'))) return;
  throw new AttestationApiError('DENIED', `an attestation of ${name} is kept at an address without https`);
}
