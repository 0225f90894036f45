import { createHash } from 'node:crypto';
import { canonicalJson, objectAt } from '../../model/json.ts';
import { strictObject } from '../../model/strict-json.ts';
import type { Http } from '../../ports/http.ts';
import type { PinnedInstance } from './instance.ts';

/** As much as the TUF client takes for a root; those of Sigstore are below 10 kB. */
const MAX_BYTES = 512_000;
const TIMEOUT_MS = 20_000;

/**
 * The pinned `root.json`, from the mirror. Who serves it is not believed: it is the one whose digest presync knows, or none. That it has
 * expired is no fault, since only the last one that an update comes to counts:
 * https://theupdateframework.github.io/specification/latest/#update-root. Throws.
 */
export async function pinnedRoot({ mirror, pin }: PinnedInstance, http: Http, signal: AbortSignal): Promise<string> {
  const file = `${pin.version}.root.json`;
  const wish = { url: `${mirror}/${file}`, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, redirects: 'refuse' as const };
  const { status, body } = await http.request(wish, signal);
  if (status !== 200) throw new Error(`${file} answered ${status}`);
  const signed = canonicalJson(objectAt(strictObject(body), 'signed'));
  if (createHash('sha256').update(signed).digest('hex') !== pin.sha256)
    throw new Error(`${file} is not the root that presync knows`);
  return Buffer.from(body).toString('utf8');
}
