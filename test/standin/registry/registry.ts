import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { aServer, type LoopbackServer } from '../server.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

interface Stored {
  readonly bytes: Uint8Array;
  readonly type: string;
}

export interface PushedLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a test can have it do instead: answer itself and say so with `true`. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

export interface RegistryStandIn extends LoopbackServer {
  misbehave: Misbehaviour | undefined;
  /** `Bearer`: a token of `realm` is asked for; `Basic`: a password. */
  demands: { readonly scheme: 'Bearer' | 'Basic'; readonly realm: string; readonly accepts: string } | undefined;
  pageSize: number;
  pushBytes(repository: string, tag: string, stored: Stored): string;
  push(repository: string, tag: string, layers: readonly PushedLayer[], more?: object): string;
  /** A blob alone, without a manifest. */
  keep(bytes: Uint8Array): string;
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The reading half of https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md, in memory. */
export async function aRegistry(): Promise<RegistryStandIn> {
  const manifests = new Map<string, Stored>();
  const tags = new Map<string, string[]>();
  const blobs = new Map<string, Uint8Array>();

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (registry.misbehave?.(request, response, path) === true || refuse(request, response)) return;
    const [, repository = '', kind, name = ''] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^?]+)/.exec(path) ?? [];
    if (kind === 'tags') sendTags(repository, new URL(path, registry.origin), response);
    else if (kind === 'blobs') send(response, blobOf(name));
    else send(response, manifests.get(`${repository}/${decodeURIComponent(name)}`));
  }

  function refuse(request: IncomingMessage, response: ServerResponse): boolean {
    const { demands } = registry;
    if (demands === undefined || request.headers.authorization === demands.accepts) return false;
    const challenge = `${demands.scheme} realm="${demands.realm}",service="${registry.host}",scope="repository:*:pull,push"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    return true;
  }

  function blobOf(digest: string): Stored | undefined {
    const bytes = blobs.get(digest);
    return bytes && { bytes, type: 'application/octet-stream' };
  }

  function sendTags(repository: string, url: URL, response: ServerResponse): void {
    const all = tags.get(repository) ?? [];
    const after = all.indexOf(url.searchParams.get('last') ?? '') + 1;
    const page = all.slice(after, after + registry.pageSize);
    const link = `</v2/${repository}/tags/list?n=${registry.pageSize}&last=${page.at(-1)}>; rel="next"`;
    if (after + page.length < all.length) response.setHeader('link', link);
    response.setHeader('content-type', 'application/json');
    response.writeHead(tags.has(repository) ? 200 : 404).end(JSON.stringify({ name: repository, tags: page }));
  }

  const registry: RegistryStandIn = Object.assign(await aServer(answer), {
    misbehave: undefined,
    demands: undefined,
    pageSize: 1000,
    pushBytes(repository: string, tag: string, stored: Stored) {
      const digest = digestOf(stored.bytes);
      for (const name of [tag, digest]) manifests.set(`${repository}/${name}`, stored);
      tags.set(repository, [...new Set([...(tags.get(repository) ?? []), tag])]);
      return digest;
    },
    keep(bytes: Uint8Array) {
      blobs.set(digestOf(bytes), bytes);
      return digestOf(bytes);
    },
    push(repository: string, tag: string, layers: readonly PushedLayer[], more: object = {}) {
      const config = Buffer.from('{}');
      const described = (mediaType: string, bytes: Uint8Array) => ({
        mediaType,
        digest: registry.keep(bytes),
        size: bytes.length,
      });
      const document = {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: described('application/vnd.oci.empty.v1+json', config),
        layers: layers.map(({ mediaType, bytes, annotations }) => ({
          ...described(mediaType, bytes),
          ...(annotations && { annotations }),
        })),
        ...more,
      };
      return registry.pushBytes(repository, tag, { bytes: Buffer.from(JSON.stringify(document)), type: OCI_MANIFEST });
    },
  });
  return registry;
}

function send(response: ServerResponse, stored: Stored | undefined): void {
  if (stored === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    return;
  }
  response
    .writeHead(200, { 'content-type': stored.type, 'docker-content-digest': digestOf(stored.bytes) })
    .end(stored.bytes);
}
