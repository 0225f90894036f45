import { HttpError } from '../../ports/http.ts';

/** Certificates that do not hold, by the names of OpenSSL: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = /CERT|SIGNATURE|ISSUER|CRL|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH/;

/** What went wrong on the wire, in our words; `host` is the one that was spoken to. */
export function wireFailure(cause: unknown, host: string): HttpError {
  if (cause instanceof HttpError) return cause;
  const code = codeOf(cause);
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HttpError('TOO_LARGE', `the headers of ${host} are too large`, { cause });
  if (/^HPE_|^ERR_SSL_|^EPROTO$/.test(code)) {
    return new HttpError('MALFORMED', `${host} does not answer as HTTP says (${code})`, { cause });
  }
  if (UNTRUSTED.test(code)) {
    return new HttpError('DENIED', `the certificate of ${host} is not trusted (${code})`, { cause });
  }
  return new HttpError('UNREACHABLE', `${host} could not be reached, or broke off (${code})`, { cause });
}

/** Node's, whatever realm its class is from. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}
