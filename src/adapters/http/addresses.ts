import { lookup as lookUp } from 'node:dns/promises';
import { HttpError } from '../../ports/http.ts';
import { isPublicAddress } from './address.ts';
import { nameOf, type Target } from './target.ts';

/** Every address of a name, best first. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export type Addresses = readonly [string, ...string[]];

export async function systemLookup(host: string): Promise<readonly string[]> {
  const found = await lookUp(host, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}

/**
 * The addresses of a host, looked up once and all found harmless; connections are made to these and to nothing else, so that a
 * name that changes its mind gains nothing. One forbidden address condemns the name: whoever answers for it wrote that address too.
 */
export async function addressesOf(target: Target, lookup: Lookup, signal: AbortSignal): Promise<Addresses> {
  const [first, ...others] = await allOf(target, lookup, signal);
  if (first === undefined) throw new HttpError('UNREACHABLE', `${target.host} has no address`);
  if (!target.isPrivate && ![first, ...others].every(isPublicAddress)) {
    const entry = `${target.hasTls ? '' : 'http://'}${nameOf(target)}`;
    // Which address stays unsaid: whoever opens a pull request would learn the names of a private network.
    const what = `${target.host} does not lead to public addresses alone`;
    throw new HttpError(
      'DENIED',
      `${what}; if presync may go there, let the operator name ${entry} in PRESYNC_PRIVATE_HOSTS`,
    );
  }
  return [first, ...others];
}

async function allOf({ host }: Target, lookup: Lookup, signal: AbortSignal): Promise<readonly string[]> {
  if (host.startsWith('[')) return [host.slice(1, -1)];
  if (/^[\d.]+$/.test(host)) return [host];
  try {
    return await unlessAborted(lookup(host), signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new HttpError('UNREACHABLE', `the name ${host} could not be looked up`, { cause });
  }
}

/** A lookup cannot be stopped, only left alone. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
