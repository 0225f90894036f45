import type { IncomingMessage, ServerResponse } from 'node:http';
import { aServer, type LoopbackServer } from '../server.ts';
import {
  referrerOf,
  digestOf,
  EMPTY,
  jsonDocument,
  OCI_INDEX,
  OCI_MANIFEST,
  type Stored,
  writtenIn,
} from './document.ts';
import { pushTaker } from './pushes.ts';

export { digestOf, OCI_INDEX, OCI_MANIFEST } from './document.ts';

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
  /** `api`: what lies beside an image is asked for (OCI 1.1); `tag`: a registry that knows no such question. */
  referrers: 'api' | 'tag';
  /** By tag or digest. */
  stored(repository: string, reference: string): Stored | undefined;
  /** Under a tag, or under its digest alone where the tag is that. */
  pushBytes(repository: string, tag: string, stored: Stored): string;
  push(repository: string, tag: string, layers: readonly PushedLayer[], more?: object): string;
  /** A blob alone, without a manifest. */
  keep(bytes: Uint8Array): string;
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md in memory. */
export async function aRegistry(): Promise<RegistryStandIn> {
  const manifests = new Map<string, Stored>();
  const tags = new Map<string, string[]>();
  const blobs = new Map<string, Uint8Array>();
  /** By repository and subject, then by digest. */
  const beside = new Map<string, Map<string, Stored>>();

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (registry.misbehave?.(request, response, path) === true || refuse(request, response)) return;
    if (path === '/v2/') response.writeHead(200).end('{}');
    else if (request.method === 'GET' || request.method === 'HEAD') answerRead(path, response);
    else takePush(request, response);
  }

  function answerRead(path: string, response: ServerResponse): void {
    const [, repository = '', kind, name = ''] =
      /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/([^?]+)/.exec(path) ?? [];
    if (kind === 'tags') sendTags(repository, new URL(path, registry.origin), response);
    else if (kind === 'blobs') send(response, blobOf(name));
    else if (kind === 'referrers') sendReferrers(repository, name, path, response);
    else send(response, manifests.get(`${repository}/${decodeURIComponent(name)}`));
  }

  function sendReferrers(repository: string, subject: string, path: string, response: ServerResponse): void {
    if (registry.referrers === 'tag') return send(response, undefined);
    const all = [...(beside.get(`${repository}/${subject}`) ?? new Map<string, Stored>()).values()].map(referrerOf);
    const after = Number(new URL(path, registry.origin).searchParams.get('after') ?? 0);
    const page = all.slice(after, after + registry.pageSize);
    const next = `</v2/${repository}/referrers/${subject}?after=${after + page.length}>; rel="next"`;
    if (after + page.length < all.length) response.setHeader('link', next);
    response.writeHead(200, { 'content-type': OCI_INDEX }).end(jsonDocument(OCI_INDEX, { manifests: page }).bytes);
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
    referrers: 'api' as const,
    stored: (repository: string, reference: string) => manifests.get(`${repository}/${reference}`),
    pushBytes(repository: string, tag: string, stored: Stored) {
      const digest = digestOf(stored.bytes);
      for (const name of [tag, digest]) manifests.set(`${repository}/${name}`, stored);
      const subject = `${repository}/${writtenIn(stored).subject?.digest}`;
      beside.set(subject, new Map([...(beside.get(subject) ?? []), [digest, stored]]));
      if (tag !== digest) tags.set(repository, [...new Set([...(tags.get(repository) ?? []), tag])]);
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
        config: described(EMPTY, config),
        layers: layers.map(({ mediaType, bytes, annotations }) => ({
          ...described(mediaType, bytes),
          ...(annotations && { annotations }),
        })),
        ...more,
      };
      return registry.pushBytes(repository, tag, jsonDocument(OCI_MANIFEST, document));
    },
  });
  const takePush = pushTaker(registry);
  return registry;
}

function send(response: ServerResponse, stored: Stored | undefined): void {
  if (stored === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    return;
  }
  response
    .writeHead(200, {
      'content-type': stored.type,
      'content-length': stored.bytes.length,
      'docker-content-digest': digestOf(stored.bytes),
    })
    .end(stored.bytes);
}
