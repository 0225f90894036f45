import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { HttpError } from '../../ports/http.ts';
import { codeOf } from './failure.ts';

export interface BodyRules {
  readonly maxBytes: number;
  /** For messages. */
  readonly host: string;
  /** Absent: the body is wanted as it comes. */
  readonly coding: string | undefined;
}

/** Where one coding lies in another, a few bytes become petabytes; so one, of these. */
const DECODERS: ReadonlyMap<string, () => Duplex> = new Map<string, () => Duplex>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
  ['deflate', createInflate],
]);

/** The whole body, or HttpError: of one whose end cannot be told from a broken connection nobody knows that it is whole. */
export async function readBody(message: IncomingMessage, rules: BodyRules): Promise<Uint8Array> {
  const { maxBytes, host, coding } = rules;
  const { 'content-length': length, 'transfer-encoding': transfer } = message.headers;
  if (length === undefined && transfer?.toLowerCase() !== 'chunked') {
    throw new HttpError('MALFORMED', `${host} does not say where its answer ends`);
  }
  if (length !== undefined && !(Number(length) <= maxBytes)) throw tooLarge(rules);
  const decoder = coding === undefined ? undefined : decoderOf(coding, host);
  const chunks: Uint8Array[] = [];
  const keep = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of upTo(source, rules)) chunks.push(chunk);
  };
  if (decoder === undefined) await keep(message);
  else await pipeline(message, (source) => upTo(source, rules), decoder, keep).catch(rethrowOf(host));
  return new Uint8Array(Buffer.concat(chunks));
}

function decoderOf(coding: string, host: string): Duplex {
  const make = DECODERS.get(coding.trim().toLowerCase());
  if (make === undefined) {
    const shown = JSON.stringify(coding.slice(0, 100));
    throw new HttpError('MALFORMED', `${host} packs its answer as ${shown}, which is not read`);
  }
  return make();
}

async function* upTo(source: AsyncIterable<Uint8Array>, rules: BodyRules): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (!(bytes <= rules.maxBytes)) throw tooLarge(rules);
    yield chunk;
  }
}

function tooLarge({ host, maxBytes }: BodyRules): HttpError {
  return new HttpError('TOO_LARGE', `${host} answers with more than ${maxBytes} bytes`);
}

/** zlib's own codes, and those of Brotli: https://nodejs.org/api/zlib.html#zlib-constants */
function rethrowOf(host: string): (cause: unknown) => never {
  return (cause) => {
    if (!/^Z_|^ERR_BROTLI|^ERR__ERROR/.test(codeOf(cause))) throw cause;
    throw new HttpError('MALFORMED', `what ${host} answers cannot be unpacked`, { cause });
  };
}
