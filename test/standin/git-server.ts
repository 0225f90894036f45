import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { aServer, type LoopbackServer } from './server.ts';

export interface GitServer extends LoopbackServer {
  readonly url: string;
  /** Answers instead of git where it says so with `true`. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** The repository in `folder` by git's own https://git-scm.com/docs/git-http-backend, at `<origin>/team/repo.git`. */
export async function aGitServer(folder: string): Promise<GitServer> {
  const server: GitServer = Object.assign(
    await aServer((request, response) => {
      if (server.misbehave?.(request, response) !== true) backend(folder, request, response);
    }),
    { url: '', misbehave: undefined },
  );
  return Object.assign(server, { url: `${server.origin}/team/repo.git` });
}

function backend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const program = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: path.replace('/team/repo.git', '/.git'),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(program.stdin);
  program.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  program.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  program.once('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const lines = output.subarray(0, end).toString().split('\r\n');
    const fields = lines.map((line) => line.split(': ') as [string, string]);
    const status = fields.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), fields.filter(([name]) => name !== 'Status').flat());
    response.end(output.subarray(end + 4));
  });
}
