import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createRawServer, type Socket } from 'node:net';
import type { Certificate } from './certificates.ts';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface LoopbackServer {
  readonly port: number;
  /** Requests, in order. */
  readonly heard: readonly Heard[];
  /** How many were opened. */
  connections(): number;
  close(): Promise<void>;
}

/** A server on this machine, with TLS when it is given a certificate. */
export async function aServer(
  listener: RequestListener,
  tls?: Certificate,
  address = '127.0.0.1',
  port = 0,
): Promise<LoopbackServer> {
  const heard: Heard[] = [];
  const hear: RequestListener = (request, response) => {
    heard.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    listener(request, response);
  };
  const server = tls === undefined ? createServer(hear) : createTlsServer(tls, hear);
  return await listening(server, heard, { address, port });
}

/** A server that says what no HTTP server would: once it has heard a request, `speak`. */
export async function aRawServer(speak: (socket: Socket) => void): Promise<LoopbackServer> {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => speak(socket));
  });
  return await listening(server as Server, [], { address: '127.0.0.1', port: 0 });
}

async function listening(
  server: Pick<Server, 'on' | 'listen' | 'close' | 'address'>,
  heard: readonly Heard[],
  { address, port }: { readonly address: string; readonly port: number },
): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
