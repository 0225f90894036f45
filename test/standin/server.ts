import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface LoopbackServer {
  readonly host: string;
  readonly origin: string;
  readonly seen: readonly SeenRequest[];
  /** How many were opened, whatever was said on them. */
  connections(): number;
  close(): Promise<void>;
}

/** A server of a test on a port of its own; what it was asked is kept. */
export async function aServer(answer: RequestListener): Promise<LoopbackServer> {
  const seen: SeenRequest[] = [];
  let opened = 0;
  const server = createServer((request, response) => {
    seen.push(seenIn(request));
    answer(request, response);
  });
  server.on('connection', () => {
    opened += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    origin: `http://${host}`,
    seen,
    connections: () => opened,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function seenIn({ method = '', url = '', headers }: IncomingMessage): SeenRequest {
  return { method, path: url, authorization: headers.authorization };
}
