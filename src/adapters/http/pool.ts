import { Agent as PlainAgent, type AgentOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Target } from './target.ts';

/**
 * Per host: as many as browsers open, and all of them are kept for the next question, since one image takes several rounds of them. In
 * all: far below the 1,024 open files that a process may count on.
 */
const CONNECTIONS = { maxSockets: 6, maxTotalSockets: 200, maxFreeSockets: 6 };
/** Shorter than the idle limit of common servers and load balancers (60 s and more, Node's own 5 s). */
const IDLE_MS = 4_000;

/** Open connections, which end with the pool. An environment that names a proxy, or trusts every certificate, changes nothing here. */
export class Pool {
  readonly #options: AgentOptions;
  readonly #plain: PlainAgent;
  readonly #tls: TlsAgent;

  constructor(ca: readonly string[] | undefined) {
    // `autoSelectFamily`: of the addresses that were checked the next is tried while one does not answer.
    this.#options = { ...(ca === undefined ? {} : { ca: [...ca] }), autoSelectFamily: true };
    const kept = { ...this.#options, ...CONNECTIONS, keepAlive: true, timeout: IDLE_MS };
    this.#plain = new PlainAgent(kept);
    this.#tls = tlsAgent(kept);
  }

  agentOf({ hasTls }: Target): PlainAgent {
    return hasTls ? this.#tls : this.#plain;
  }

  /** For one connection that is none of those held open. */
  freshAgentOf({ hasTls }: Target): PlainAgent {
    return hasTls ? tlsAgent(this.#options) : new PlainAgent(this.#options);
  }

  close(): void {
    this.#plain.destroy();
    this.#tls.destroy();
  }
}

function tlsAgent(options: AgentOptions): TlsAgent {
  return new TlsAgent({ ...options, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
}
