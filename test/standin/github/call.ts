import type { Need } from './authorize.ts';
import type { Identity } from './identity.ts';
import { notFound } from './refusal.ts';
import type { Json, Repository } from './types.ts';
import { repositoryOf, type World } from './world.ts';

/** One API request, read, identified and allowed. */
export interface Call {
  readonly world: World;
  readonly method: string;
  /** Without the `/api/v3` of Enterprise Server. */
  readonly path: string;
  /** As it was asked, for `Link` headers. */
  readonly href: string;
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly identity: Identity;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  /** `METHOD /path/{template}`, as in GitHub's description. */
  readonly key: string;
  readonly need: Need;
  /** GitHub's description, as it is cut for the contract, lacks it. */
  readonly isOutsideContract?: true;
  serve(call: Call): Answer | Promise<Answer>;
}

export function repositoryIn({ world, params }: Call): Repository {
  return repositoryOf(world, `${params['owner'] ?? ''}/${params['repo'] ?? ''}`);
}

export function numberIn({ params }: Call, name: string): number {
  const value = Number(params[name]);
  if (!Number.isSafeInteger(value)) throw notFound();
  return value;
}

/** The peer's answer as it is; a refusal of the peer is thrown. */
export async function fromPeer({ world, method, path, query, body, identity }: Call): Promise<Answer> {
  const search = query.size > 0 ? `?${query.toString()}` : '';
  const sent = method === 'GET' ? undefined : body;
  const answer = await world.peer.must(method, path + search, identity.peerToken, sent);
  return { status: answer.status, body: answer.body, ...(answer.link ? { headers: { link: answer.link } } : {}) };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly headers: Readonly<Record<string, string>>;
}

/** `page` and `per_page` (30, at most 100) with the Link header that Octokit's `paginate` follows. */
export function paginate<Item>(call: Call, all: readonly Item[]): Page<Item> {
  const size = Math.min(Math.max(Number(call.query.get('per_page') ?? 30) || 30, 1), 100);
  const page = Math.max(Number(call.query.get('page') ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(all.length / size), 1);
  const links = [
    ...(page > 1 ? [link(call, 'first', 1), link(call, 'prev', page - 1)] : []),
    ...(page < last ? [link(call, 'next', page + 1), link(call, 'last', last)] : []),
  ];
  const items = all.slice((page - 1) * size, page * size);
  return { items, headers: links.length > 0 ? { link: links.join(', ') } : {} };
}

function link({ href }: Call, rel: string, page: number): string {
  const url = new URL(href);
  url.searchParams.set('page', String(page));
  return `<${url.href}>; rel="${rel}"`;
}
