import { PresyncError } from '../../model/error.ts';

export class RedisUrlError extends PresyncError<'MALFORMED' | 'UNPROTECTED'> {}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A27: a Redis that anybody on the network may write to is no place for verdicts. Throws RedisUrlError. */
export function assertProtected(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol)) {
    throw new RedisUrlError('MALFORMED', 'REDIS_URL is not a redis:// or rediss:// URL');
  }
  if (url.password === '' && !LOOPBACK.has(url.hostname)) {
    throw new RedisUrlError(
      'UNPROTECTED',
      `REDIS_URL names ${url.hostname} without a password; give Redis one, and write it into the URL`,
    );
  }
}
