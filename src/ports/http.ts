import { PresyncError } from '../model/error.ts';

/**
 * `DENIED`: the guard does not go there (host, address, redirect, certificate). `MALFORMED`: no HTTP, no URL, or a body that does
 * not unpack or of which nobody could say that it is whole. A status of 400 and above is an answer, not an error.
 */
export class HttpError extends PresyncError<'DENIED' | 'UNREACHABLE' | 'TIMEOUT' | 'TOO_LARGE' | 'MALFORMED'> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE' || this.code === 'TIMEOUT';
  }
}

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD';
  /**
   * At another origin only those that accept and the range are left. With an `accept-encoding` among them the body stays packed as it
   * comes, as for charts, whose digest is that of the packed bytes; without one it is unpacked.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Value of the Authorization header: for this origin alone, gone with the first redirect that leaves it, and for good. */
  readonly authorization?: string | undefined;
  /** Of the body, as it comes and as it is decoded. */
  readonly maxBytes: number;
  /** From the lookup of the name to the last byte received, redirects and a wait that a server asks for included. */
  readonly timeoutMs: number;
  readonly redirects: 'follow' | 'refuse';
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; of repeated ones the values joined by `, `. Of an unpacked body without its coding and its length. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** The address that answered, after redirects. */
  readonly url: string;
}

/** A host that may be spoken to, with the one address that was looked up and found harmless. */
export interface PinnedHost {
  /** As URLs spell it: in lower case, an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  /** Without brackets. */
  readonly address: string;
}

/**
 * The guarded transport: every byte that presync fetches from an address of a repository comes through here. Hosts by the
 * operator's list, names looked up once and pinned, no loopback, private or link-local address unless the operator named it, https
 * unless the operator said otherwise, every redirect (five at most) checked like a first request. Throws HttpError, or what the
 * signal was aborted with.
 */
export interface Http {
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /** The same guard for a program that opens its own connection (git): where it may connect to. */
  pin(url: string, signal: AbortSignal): Promise<PinnedHost>;
}
