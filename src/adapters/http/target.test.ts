import { describe, expect, test } from '@jest/globals';
import { assert, oneof, property, string, webUrl } from 'fast-check';
import { HttpError } from '../../ports/http.ts';
import { type HostRules, parseTarget } from './target.ts';

const ANY: HostRules = { allowedHosts: undefined, privateHosts: [] };
const LISTED: HostRules = {
  allowedHosts: [
    { host: 'ghcr.io', isSuffix: false },
    { host: 'example.com', isSuffix: true },
  ],
  privateHosts: [
    { host: 'registry.internal', port: 5000, hasTls: true },
    { host: '10.0.0.7', port: 8080, hasTls: false },
    { host: '[::1]', port: 443, hasTls: true },
  ],
};

function outcome(url: string, rules: HostRules): string {
  try {
    const { host, port, isPrivate } = parseTarget(url, rules);
    return `${host} ${port}${isPrivate ? ' private' : ''}`;
  } catch (error) {
    if (error instanceof HttpError) return error.code;
    throw error;
  }
}

describe('a URL', () => {
  test.each([
    ['https://ghcr.io/v2/', 'ghcr.io 443'],
    ['https://ghcr.io', 'ghcr.io 443'],
    ['https://ghcr.io?a=b', 'ghcr.io 443'],
    ['HTTPS://GHCR.io:0443/v2/', 'ghcr.io 443'],
    ['https://ghcr.io:8443/a%20b?c=d&e=%23@x', 'ghcr.io 8443'],
    ['https://xn--bcher-kva.example/', 'xn--bcher-kva.example 443'],
    ['https://8.8.8.8/', '8.8.8.8 443'],
    ['https://[2606:4700:0:0::1]/', '[2606:4700::1] 443'],
  ])('is taken: %s', (url, expected) => {
    expect(outcome(url, ANY)).toBe(expected);
  });

  test.each([
    ['http://ghcr.io/', 'DENIED'],
    ['ftp://ghcr.io/', 'DENIED'],
    ['file:///etc/passwd', 'DENIED'],
    ['gopher://127.0.0.1:6379/_FLUSHALL', 'DENIED'],
    ['ssh://git@github.com/a/b', 'DENIED'],
    ['https://user@ghcr.io/', 'DENIED'],
    ['https://user:pass@ghcr.io/', 'DENIED'],
    ['https://ghcr.io@127.0.0.1/', 'DENIED'],
    ['https://@ghcr.io/', 'DENIED'],
    ['https://2130706433/', 'DENIED'],
    ['https://0x7f000001/', 'DENIED'],
    ['https://0x7f.0.0.1/', 'DENIED'],
    ['https://0177.0.0.1/', 'DENIED'],
    ['https://127.1/', 'DENIED'],
    ['https://8.8.2056/', 'DENIED'],
    ['https://08.8.8.8/', 'DENIED'],
    ['https://256.8.8.8/', 'DENIED'],
    ['https://8.8.8.8.8/', 'DENIED'],
    ['https://a.0x/', 'DENIED'],
    ['https://ghcr.io/#a', 'MALFORMED'],
    ['https://evil.example#@ghcr.io/', 'MALFORMED'],
    [String.raw`https://evil.example\@ghcr.io/`, 'MALFORMED'],
    [String.raw`https:\\ghcr.io/`, 'MALFORMED'],
    ['https:/ghcr.io/', 'MALFORMED'],
    ['https:ghcr.io/', 'MALFORMED'],
    ['https:///ghcr.io/', 'MALFORMED'],
    ['//ghcr.io/', 'MALFORMED'],
    ['ghcr.io/v2', 'MALFORMED'],
    ['', 'MALFORMED'],
    [' https://ghcr.io/', 'MALFORMED'],
    ['https://ghcr.io/ ', 'MALFORMED'],
    ['ht\ntps://ghcr.io/', 'MALFORMED'],
    ['https://ghcr.io/a\r\nHost: evil', 'MALFORMED'],
    ['https://ghcr.io/\u0000', 'MALFORMED'],
    ['https://ghcr.io/\u007f', 'MALFORMED'],
    ['https://bücher.example/', 'MALFORMED'],
    ['https://⑧.8.8.8/', 'MALFORMED'],
    ['https://gh%63r.io/', 'MALFORMED'],
    ['https://ghcr.io./', 'MALFORMED'],
    ['https://.ghcr.io/', 'MALFORMED'],
    ['https://a..b/', 'MALFORMED'],
    ['https://a_b.example/', 'MALFORMED'],
    ['https://ghcr.io:/', 'MALFORMED'],
    ['https://ghcr.io:0/', 'MALFORMED'],
    ['https://ghcr.io:65536/', 'MALFORMED'],
    ['https://ghcr.io:443:443/', 'MALFORMED'],
    ['https://ghcr.io:+443/', 'MALFORMED'],
    ['https://[::1/', 'MALFORMED'],
    ['https://[::1%25eth0]/', 'MALFORMED'],
    ['https://[1.2.3.4]/', 'MALFORMED'],
    [`https://ghcr.io/${'a'.repeat(8_192)}`, 'MALFORMED'],
  ])('is refused (A4, A20): %j', (url, expected) => {
    expect(outcome(url, ANY)).toBe(expected);
  });

  test.each([
    ['https://ghcr.io/', 'ghcr.io 443'],
    ['https://ghcr.io:444/', 'ghcr.io 444'],
    ['https://a.example.com/', 'a.example.com 443'],
    ['https://a.b.example.com/', 'a.b.example.com 443'],
    ['https://registry.internal:5000/', 'registry.internal 5000 private'],
    ['http://10.0.0.7:8080/', '10.0.0.7 8080 private'],
    ['https://[0:0::1]/', '[::1] 443 private'],
    ['https://example.com/', 'DENIED'],
    ['https://badexample.com/', 'DENIED'],
    ['https://ghcr.io.evil.example/', 'DENIED'],
    ['https://evilghcr.io/', 'DENIED'],
    ['https://registry.internal/', 'DENIED'],
    ['https://registry.internal:5001/', 'DENIED'],
    ['http://registry.internal:5000/', 'DENIED'],
    ['https://10.0.0.7:8080/', 'DENIED'],
    ['http://10.0.0.7/', 'DENIED'],
    ['http://ghcr.io/', 'DENIED'],
  ])('is held against the lists of the operator (A20): %s', (url, expected) => {
    expect(outcome(url, LISTED)).toBe(expected);
  });

  test('throws nothing but HttpError, whatever it is', () => {
    const hostile = string({ unit: 'binary' }).map((text) => `https://${text}`);
    assert(
      property(oneof(string({ unit: 'binary' }), hostile, webUrl({ withFragments: true })), (url) => {
        expect(typeof outcome(url, ANY)).toBe('string');
      }),
    );
  });

  test('is not repeated beyond its host, as it may hold a token', () => {
    expect(() => parseTarget('http://ghcr.io/a?token=hunter2', ANY)).toThrow(/^http:\/\/ghcr\.io:80 is not https/);
    expect(() => parseTarget('https://me:hunter2@ghcr.io/', ANY)).toThrow(
      'a URL names a user or a password; leave them out',
    );
  });
});
