import { expect, test } from '@jest/globals';
import { assertProtected } from './safe-url.ts';

test.each([
  ['a password on another host', 'redis://:secret@redis.example:6379'],
  ['a user and TLS', 'rediss://presync:secret@redis.example'],
  ['loopback without a password', 'redis://127.0.0.1:6379'],
  ['loopback by name', 'redis://localhost'],
  ['loopback in IPv6', 'redis://[::1]:6379/1'],
])('accepts %s', (_name, url) => {
  expect(() => {
    assertProtected(url);
  }).not.toThrow();
});

test.each([
  ['another host without a password (A27)', 'redis://redis.example:6379', 'without a password'],
  ['a host that only looks like loopback', 'redis://localhost.example', 'without a password'],
  ['another protocol', 'http://127.0.0.1:6379', 'not a redis://'],
  ['no URL', 'redis.example:6379', 'not a redis://'],
])('refuses %s', (_name, url, sentence) => {
  expect(() => {
    assertProtected(url);
  }).toThrow(sentence);
});
