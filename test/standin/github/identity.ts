import { verify } from 'node:crypto';
import { badCredentials, Refusal } from './refusal.ts';
import type { Json } from './types.ts';
import type { InstallationToken, World } from './world.ts';

export type Identity =
  | { readonly kind: 'app'; readonly peerToken: string }
  | { readonly kind: 'installation'; readonly token: InstallationToken; readonly peerToken: string }
  | { readonly kind: 'user'; readonly login: string; readonly peerToken: string }
  | { readonly kind: 'anonymous'; readonly peerToken: '' };

/** GitHub allows an App's JWT ten minutes (T1) and forgives a minute of clock drift. */
const MAX_JWT_SECONDS = 10 * 60;
const DRIFT_SECONDS = 60;

/** Who asks. An unknown, expired or revoked token is 401; the peer would take it for its first user. */
export function identify(world: World, authorization: string | undefined): Identity {
  if (authorization === undefined) return { kind: 'anonymous', peerToken: '' };
  const secret = secretIn(authorization);
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(secret)) return identifyApp(world, secret);
  const token = world.tokens.get(secret);
  if (token) return identifyInstallation(world, token);
  const user = [...world.users].find(([, value]) => value === secret);
  if (!user) throw badCredentials();
  return { kind: 'user', login: user[0], peerToken: secret };
}

function secretIn(authorization: string): string {
  const [, scheme = '', value = ''] = /^(\w+)\s+(.+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value.trim();
  const [user = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  if (user !== 'x-access-token') throw badCredentials();
  return password.join(':');
}

function identifyInstallation(world: World, token: InstallationToken): Identity {
  if (token.expiresAt <= world.now()) throw badCredentials();
  if (token.installation.suspended) throw new Refusal(403, 'This installation has been suspended');
  return { kind: 'installation', token, peerToken: token.peerToken };
}

function identifyApp(world: World, jwt: string): Identity {
  const [head = '', payload = '', signature = ''] = jwt.split('.');
  const signed = Buffer.from(`${head}.${payload}`);
  const header = decode(head);
  if (
    header['alg'] !== 'RS256' ||
    !verify('RSA-SHA256', signed, world.app.publicKey, Buffer.from(signature, 'base64url'))
  ) {
    throw undecodable();
  }
  const claims = decode(payload);
  if (String(claims['iss']) !== String(world.app.id)) throw undecodable();
  checkTimes(world, Number(claims['iat']), Number(claims['exp']));
  return { kind: 'app', peerToken: jwt };
}

function checkTimes(world: World, issued: number, expires: number): void {
  const now = Math.floor(world.now() / 1000);
  if (!(issued <= now + DRIFT_SECONDS)) {
    const text = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    throw new Refusal(401, text);
  }
  if (!(expires > now)) {
    const text =
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
    throw new Refusal(401, text);
  }
  if (expires > now + MAX_JWT_SECONDS) {
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future", { rule: 'T1' });
  }
}

function decode(part: string): Json {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    throw undecodable();
  }
}

export function undecodable(): Refusal {
  return new Refusal(401, 'A JSON web token could not be decoded');
}
