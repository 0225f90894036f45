import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf, type Stored, writtenIn } from './document.ts';

/** Where pushes go. */
export interface Shelf {
  readonly origin: string;
  readonly referrers: 'api' | 'tag';
  keep(bytes: Uint8Array): string;
  pushBytes(repository: string, tag: string, stored: Stored): string;
}

interface Push {
  readonly method: string;
  readonly url: URL;
  readonly type: string;
  readonly body: Buffer;
}

const PATH = /^\/v2\/(?<repository>.+)\/(?<kind>manifests|blobs\/uploads)\/(?<name>[^/]*)$/;

/** The writing half of a registry, for the tools of others: blobs in one piece or in chunks, manifests by tag or digest. */
export function pushTaker(shelf: Shelf): (request: IncomingMessage, response: ServerResponse) => void {
  const uploads = new Map<string, Buffer>();

  function take(push: Push, response: ServerResponse): void {
    const { repository = '', kind, name = '' } = PATH.exec(push.url.pathname)?.groups ?? {};
    if (kind === 'manifests' && push.method === 'PUT') takeManifest(repository, name, push, response);
    else if (kind === 'blobs/uploads') takeBlob(repository, name === '' ? `${uploads.size + 1}` : name, push, response);
    else response.writeHead(404).end();
  }

  function takeManifest(repository: string, name: string, { type, body }: Push, response: ServerResponse): void {
    const stored = { bytes: body, type };
    const digest = shelf.pushBytes(repository, name, stored);
    const subject = shelf.referrers === 'api' ? writtenIn(stored).subject?.digest : undefined;
    if (subject !== undefined) response.setHeader('oci-subject', subject);
    response.setHeader('docker-content-digest', digest);
    response.writeHead(201, { location: `/v2/${repository}/manifests/${digest}` }).end();
  }

  function takeBlob(repository: string, id: string, { method, url, body }: Push, response: ServerResponse): void {
    const whole = Buffer.concat([uploads.get(id) ?? Buffer.alloc(0), body]);
    uploads.set(id, whole);
    const wanted = url.searchParams.get('digest');
    if (wanted === null) {
      const location = `/v2/${repository}/blobs/uploads/${id}`;
      const range = `0-${Math.max(whole.length - 1, 0)}`;
      response.writeHead(method === 'POST' ? 202 : 204, { location, range, 'docker-upload-uuid': id }).end();
    } else if (wanted === digestOf(whole)) {
      shelf.keep(whole);
      response.writeHead(201, { location: `/v2/${repository}/blobs/${wanted}`, 'docker-content-digest': wanted }).end();
    } else response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
  }

  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '', shelf.origin);
      const { method = '', headers } = request;
      take({ method, url, type: headers['content-type'] ?? '', body: Buffer.concat(chunks) }, response);
    });
  };
}
