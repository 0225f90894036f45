import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Timer } from '../ports/timer.ts';

export interface Listening {
  readonly port: number;
  /** Answers what has begun, then closes; cuts what is left after the deadline. */
  close(deadlineMs: number): Promise<void>;
}

interface Address {
  readonly port: number;
  readonly host: string;
}

/** 25 MB on a slow line, and no longer: GitHub itself waits ten seconds for the answer (W1). */
const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;

export function listen(app: Express, { port, host }: Address, timer: Timer): Promise<Listening> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS }, app);
  const close = async (deadlineMs: number): Promise<void> => {
    const closed = Promise.withResolvers<void>();
    server.close(() => {
      closed.resolve();
    });
    server.closeIdleConnections();
    const cut = timer.after(deadlineMs, () => {
      server.closeAllConnections();
    });
    await closed.promise;
    cut();
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port: own } = server.address() as AddressInfo;
      resolve({ port: own, close });
    });
  });
}
