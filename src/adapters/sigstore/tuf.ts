import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fetcher, Updater } from 'tuf-js';
// By this error the client knows that there is no newer root; the package exports its class only from here. Versions are pinned.
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import type { Http } from '../../ports/http.ts';

/** Signed metadata of a TUF repository by role, `root` at least: what an update starts from, and what it must not fall behind. */
export type TufMetadata = Readonly<Record<string, string>>;

export interface TufUpdate {
  readonly mirror: string;
  readonly target: string;
  readonly metadata: TufMetadata;
}

const ROLES = ['root', 'timestamp', 'snapshot', 'targets'];
const TIMEOUT_MS = 20_000;

/**
 * The newest target that the keys of `metadata` vouch for, and the metadata to start from the next time: the client workflow of
 * https://theupdateframework.github.io/specification/latest/#detailed-client-workflow, by tuf-js. Its requests go through the guarded
 * transport, without any header of ours (P-F4). It works in a folder of its own that is gone afterwards, so that an update that breaks
 * off leaves nothing half done. Throws.
 */
export async function updated(
  { mirror, target, metadata }: TufUpdate,
  http: Http,
  signal: AbortSignal,
): Promise<{ readonly content: string; readonly metadata: TufMetadata }> {
  const folder = await mkdtemp(join(tmpdir(), 'presync-tuf-'));
  try {
    for (const role of ROLES) {
      const text = metadata[role];
      if (text !== undefined) await writeFile(join(folder, `${role}.json`), text, { mode: 0o600 });
    }
    const file = join(folder, 'target');
    const fetcher = fetcherOf(http, { folder, signal });
    const places = {
      metadataDir: folder,
      targetDir: folder,
      metadataBaseUrl: mirror,
      targetBaseUrl: `${mirror}/targets`,
    };
    const updater = new Updater({ ...places, fetcher });
    await updater.refresh();
    const info = await updater.getTargetInfo(target);
    if (info === undefined) throw new Error(`${mirror} has no ${target}`);
    await updater.downloadTarget(info, file);
    return { content: await readFile(file, 'utf8'), metadata: await readMetadata(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readMetadata(folder: string): Promise<TufMetadata> {
  const texts = await Promise.all(
    ROLES.map(async (role) => [role, await readFile(join(folder, `${role}.json`), 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}

function fetcherOf(http: Http, { folder, signal }: { readonly folder: string; readonly signal: AbortSignal }): Fetcher {
  async function downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const { status, body } = await http.request(
      { url, maxBytes: maxLength, timeoutMs: TIMEOUT_MS, redirects: 'refuse' },
      signal,
    );
    if (status !== 200) throw new DownloadHTTPError(`${url} answered ${status}`, status);
    return Buffer.from(body);
  }
  return {
    downloadBytes,
    async downloadFile(url, maxLength, handler) {
      const file = join(folder, 'download');
      await writeFile(file, await downloadBytes(url, maxLength), { mode: 0o600 });
      return await handler(file);
    },
  };
}
