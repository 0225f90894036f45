import { createHash } from 'node:crypto';
import { jsonDocument, OCI_INDEX, OCI_MANIFEST } from './document.ts';
import type { Misbehaviour } from './registry.ts';

/** Hostile or broken registries, one way each; `part` is text in the path of the requests that suffer. */

/** The first that has something to say. */
export function eitherOf(...faults: readonly Misbehaviour[]): Misbehaviour {
  return (request, response, path) => faults.some((fault) => fault(request, response, path));
}

export function isDown(part = '/'): Misbehaviour {
  return when(part, (_request, response) => response.destroy());
}

/** 500, 401, 403, 404, 429. */
export function answersWith(status: number, part = '/'): Misbehaviour {
  return when(part, (_request, response) => response.writeHead(status).end('{"errors":[{"code":"DENIED"}]}'));
}

/** Says what it will send, sends one byte of it, and waits for ever. */
export function drips(part = '/'): Misbehaviour {
  return when(part, (_request, response) => {
    response.writeHead(200, { 'content-type': OCI_MANIFEST, 'content-length': 1024 });
    response.write('{');
  });
}

/** The same bytes as something else. */
export function sends(bytes: Uint8Array, type: string, part = '/'): Misbehaviour {
  return when(part, (_request, response) => response.writeHead(200, { 'content-type': type }).end(bytes));
}

/** Honest until the path was asked for so many times (P-D1). */
export function changesAfter(times: number, part: string, fault: Misbehaviour): Misbehaviour {
  let asked = 0;
  return (request, response, path) => {
    if (!path.includes(part)) return false;
    asked += 1;
    return asked > times && fault(request, response, path);
  };
}

/** Page after page of referrers that nobody pushed (P-E1). */
export function endlessReferrers(perPage = 10): Misbehaviour {
  return when('/referrers/', (request, response) => {
    const url = new URL(request.url ?? '', 'http://registry.invalid');
    const after = Number(url.searchParams.get('after') ?? 0);
    const manifests = Array.from({ length: perPage }, (_, index) => ({
      mediaType: OCI_MANIFEST,
      digest: `sha256:${createHash('sha256')
        .update(`${after + index}`)
        .digest('hex')}`,
      size: 500,
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    }));
    response.setHeader('link', `<${url.pathname}?after=${after + perPage}>; rel="next"`);
    response.writeHead(200, { 'content-type': OCI_INDEX }).end(jsonDocument(OCI_INDEX, { manifests }).bytes);
  });
}

function when(part: string, act: (...args: Parameters<Misbehaviour>) => unknown): Misbehaviour {
  return (request, response, path) => {
    if (!path.includes(part)) return false;
    act(request, response, path);
    return true;
  };
}
