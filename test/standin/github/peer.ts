import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from 'emulate';
import { Refusal } from './refusal.ts';
import type { Json } from './types.ts';
import { textOf } from './text.ts';

/** `emulate` (vercel-labs, Apache-2.0): the stateful peer that we did not write, github.md 8.1. */
export interface Peer {
  ask(method: string, path: string, token: string, body?: unknown): Promise<PeerAnswer>;
  /** As `ask`, but an answer of 400 or more is thrown as the refusal it is. */
  must(method: string, path: string, token: string, body?: unknown): Promise<PeerAnswer>;
  close(): Promise<void>;
}

export interface PeerAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly link: string | undefined;
}

export interface PeerSeed {
  readonly baseUrl: string;
  readonly app: Json & { readonly app_id: number };
  readonly organizations: readonly string[];
  readonly users: readonly string[];
}

/** Owner of every organisation; the drivers act as it. */
export const OWNER = 'github-owner';

export function userToken(login: string): string {
  return `gho_${login.replaceAll('-', '')}0000000000000000000000000000000000`.slice(0, 40);
}

/**
 * emulate 0.11.2 listens on all interfaces and takes no host name. Its `port` goes to `server.listen` as it is, so a
 * path makes it a UNIX socket inside a private folder: no network reaches it but through the stand-in.
 */
export async function startPeer(seed: PeerSeed): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'presync-github-'));
  const socketPath = join(folder, 'peer.sock');
  const people = [OWNER, ...seed.users];
  const emulator = await createEmulator({
    service: 'github',
    port: socketPath as unknown as number,
    baseUrl: seed.baseUrl,
    seed: {
      tokens: Object.fromEntries(people.map((login) => [userToken(login), { login, scopes: ['repo'] }])),
      github: {
        users: people.map((login) => ({ login, site_admin: login === OWNER })),
        orgs: seed.organizations.map((login) => ({ login, members: [{ login: OWNER, role: 'admin' }] })),
        apps: [seed.app],
      },
    },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const ask: Peer['ask'] = (method, path, token, body) =>
    exchange({ socketPath, agent, seed, method, path, token, body });
  return {
    ask,
    async must(method, path, token, body) {
      const answer = await ask(method, path, token, body);
      if (answer.status < 400) return answer;
      throw new Refusal(answer.status, textOf((answer.body as Json | undefined)?.['message']) || 'Validation Failed');
    },
    async close() {
      agent.destroy();
      await emulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Exchange {
  readonly socketPath: string;
  readonly agent: Agent;
  readonly seed: PeerSeed;
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: unknown;
}

function exchange({ socketPath, agent, seed, method, path, token, body }: Exchange): Promise<PeerAnswer> {
  const headers = {
    host: new URL(seed.baseUrl).host,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  };
  return new Promise((done, failed) => {
    const sent = request({ socketPath, agent, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const link = answer.headers['link'];
        done({
          status: answer.statusCode ?? 500,
          body: text === '' ? undefined : JSON.parse(text),
          link: Array.isArray(link) ? link.join(', ') : link,
        });
      });
    });
    sent.on('error', failed);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
