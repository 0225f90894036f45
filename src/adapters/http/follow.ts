import { HttpError, type HttpRequest, type HttpResponse } from '../../ports/http.ts';
import type { Answer } from './exchange.ts';
import { type Headers, headersElsewhere } from './headers.ts';
import { type HostRules, nameOf, parseTarget, type Target } from './target.ts';

/** One step of a request. */
export interface Hop {
  readonly target: Target;
  readonly headers: Headers;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Asks, and asks again where the answer points, until it points nowhere. `ask` looks up and checks the addresses of each hop. */
export async function follow(
  first: Hop,
  request: HttpRequest,
  rules: HostRules,
  ask: (hop: Hop) => Promise<Answer>,
): Promise<HttpResponse> {
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await ask(hop);
    const location = request.redirects === 'follow' ? locationOf(answer) : undefined;
    if (location === undefined) {
      const { status, headers } = answer;
      return { status, headers, body: await answer.body(), url: hop.target.url.href };
    }
    answer.drop();
    if (redirects === MAX_REDIRECTS) {
      throw new HttpError('DENIED', `${nameOf(first.target)} redirects more than ${MAX_REDIRECTS} times`);
    }
    hop = nextHop(hop, location, rules);
  }
}

function locationOf({ status, headers }: Answer): string | undefined {
  return REDIRECTS.has(status) ? headers.get('location') : undefined;
}

function nextHop({ target, headers }: Hop, location: string, rules: HostRules): Hop {
  const next = targetOf(target, location, rules);
  if (target.hasTls && !next.hasTls) {
    throw new HttpError('DENIED', `${nameOf(target)} redirects from https:// to http://`);
  }
  return { target: next, headers: next.url.origin === target.url.origin ? headers : headersElsewhere(headers) };
}

/** Whole addresses are judged as they were written, before a parser smooths them; only paths are resolved. */
function targetOf(from: Target, location: string, rules: HostRules): Target {
  // A fragment is for whoever shows the page: https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.2
  const [text = ''] = location.split('#');
  try {
    if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return parseTarget(text, rules);
    if (text.startsWith('//')) return parseTarget(`${from.url.protocol}${text}`, rules);
    // A parser takes `/\host` for another host, and would drop tabs.
    const isPath = /^[\x21-\x7e]*$/.test(text) && !text.includes('\\');
    return parseTarget(isPath ? new URL(text, from.url).href : text, rules);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    throw new HttpError(error.code, `${nameOf(from)} redirects to where presync does not go: ${error.message}`, {
      cause: error,
    });
  }
}
