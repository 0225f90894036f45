import { sentenceOf } from '../../model/error.ts';
import {
  type Bring,
  type EngineAnswer,
  EngineError,
  type EngineRequest,
  type Mount,
  type RemoteAnswer,
  type RemoteRequest,
} from '../../ports/engine.ts';
import type { SourceTree } from '../../ports/source-tree.ts';
import { type HeldTool, ToolError, type ToolRunner } from '../../ports/tool-runner.ts';
import { type Budget, contents } from './content.ts';
import { Lines, TooLong } from './lines.ts';
import { type EngineMessage, parseMessage } from './messages.ts';

/** The protocol that this host speaks: engine/protocol. */
const PROTOCOL = 1;
const READY_BYTES = 64 * 1024;

export interface EngineLimits {
  /** Wall time of one request, from its first byte to its answer. */
  readonly requestMs: number;
  readonly startMs: number;
  /** Bytes of files that one request may read. */
  readonly inputBytes: number;
  /** Bytes that the engine may write for one request. */
  readonly outputBytes: number;
}

export interface EngineSetup {
  readonly runner: ToolRunner;
  readonly binary: string;
  readonly limits: EngineLimits;
}

type Need = Extract<EngineMessage, { readonly type: 'need' }>;

interface Conversation {
  readonly id: number;
  readonly mounts: Mount[];
  readonly budget: Budget;
  readonly bring: Bring;
  readonly brought: RemoteRequest[];
  readonly signal: AbortSignal;
}

/** One engine, which does one request at a time. After any breach of the protocol or of a limit it is `dead`. */
export class EngineProcess {
  readonly #tool: HeldTool;
  readonly #lines: Lines;
  readonly #setup: EngineSetup;
  readonly #given = new Set<string>();
  #id = 0;
  #dead = false;

  constructor(setup: EngineSetup) {
    this.#setup = setup;
    // An empty environment and a folder that says nothing: DESIGN 3.2.
    this.#tool = setup.runner.hold({ program: setup.binary, args: [], cwd: '/', env: {} });
    this.#lines = new Lines(this.#tool.output);
    void this.#watch();
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Versions of what is linked, as the engine says them when it is ready. */
  async start(): Promise<Readonly<Record<string, string>>> {
    this.#lines.allow(READY_BYTES);
    const message = await this.#within(this.#setup.limits.startMs, new AbortController().signal, () => this.#next());
    if (message?.type === 'ready' && message.protocol === PROTOCOL) return message.versions;
    await this.kill();
    const why = message === undefined ? this.#lastWords() : `it speaks another protocol than ${PROTOCOL}`;
    throw new EngineError(
      'internal',
      `the engine ${this.#setup.binary} cannot be used (${why}); build it with "npm run engine"`,
    );
  }

  /** Throws EngineError, or the reason of the signal. */
  async run(request: EngineRequest, signal: AbortSignal): Promise<EngineAnswer> {
    this.#id += 1;
    const { limits } = this.#setup;
    this.#lines.allow(limits.outputBytes);
    const budget = { bytes: limits.inputBytes, refusal: undefined };
    const { bring = refuseAll, mounts } = request;
    const talk: Conversation = { id: this.#id, mounts: [...mounts], budget, bring, brought: [], signal };
    const last = await this.#within(limits.requestMs, signal, () => this.#converse(talk, request));
    if (last?.type === 'ok') return { ...last.answer, brought: talk.brought };
    if (last?.type === 'error') throw toError(last, talk.budget);
    await this.kill();
    signal.throwIfAborted();
    throw new EngineError('limit', `${request.operation} was ended by its memory or time limit`);
  }

  async kill(): Promise<void> {
    this.#dead = true;
    this.#tool.kill();
    await this.#tool.ended;
  }

  async #watch(): Promise<void> {
    await this.#tool.ended;
    this.#dead = true;
  }

  /** `undefined` where the work did not end in time, was aborted, or the engine broke off. */
  async #within(
    ms: number,
    signal: AbortSignal,
    work: () => Promise<EngineMessage | undefined>,
  ): Promise<EngineMessage | undefined> {
    signal.throwIfAborted();
    const stop = Promise.withResolvers<undefined>();
    const end = () => {
      this.#tool.kill();
      // The work may be waiting for a file, not for the engine.
      stop.resolve(undefined);
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    try {
      return await Promise.race([work(), stop.promise]);
    } catch (error) {
      if (error instanceof ToolError || error instanceof TooLong) return undefined;
      await this.kill();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  async #converse(talk: Conversation, { operation, mounts, input }: EngineRequest): Promise<EngineMessage | undefined> {
    for (const { tree } of mounts) if (!this.#given.has(tree.id)) await this.#give(tree);
    await this.#send({ id: talk.id, op: operation, mounts: mounts.map(toMount), input });
    for (;;) {
      const message = await this.#next();
      if (message === undefined || message.type === 'ready' || message.id !== talk.id) return undefined;
      if (message.type !== 'need') return message;
      await this.#satisfy(talk, message);
    }
  }

  async #satisfy(talk: Conversation, need: Need): Promise<void> {
    // The engine keeps some trees only; those that it has dropped are given again.
    for (const { tree } of talk.mounts) if (need.trees.includes(tree.id)) await this.#give(tree);
    if (need.remotes.length > 0) {
      const answer = await this.#bring(need.remotes, talk);
      const mounts = 'mounts' in answer ? answer.mounts : [];
      talk.mounts.push(...mounts);
      talk.brought.push(...('mounts' in answer ? need.remotes : []));
      for (const { tree } of mounts) await this.#give(tree);
      await this.#send({ id: talk.id, ...('denied' in answer ? answer : { mounts: mounts.map(toMount) }) });
    } else await this.#sendBlobs(talk, need.blobs);
  }

  async #bring(wanted: readonly RemoteRequest[], { bring, signal }: Conversation): Promise<RemoteAnswer> {
    try {
      return await bring(wanted, signal);
    } catch (error) {
      return { denied: wanted.map(({ url }) => ({ url, reason: sentenceOf(error) })) };
    }
  }

  /** One message, written blob by blob, so that it never stands in memory as a whole. */
  async #sendBlobs({ id, mounts, budget }: Conversation, wanted: readonly string[]): Promise<void> {
    let separator = `{"id":${id},"blobs":{`;
    for await (const { oid, bytes } of contents(mounts, wanted, budget)) {
      await this.#tool.write(`${separator}${JSON.stringify(oid)}:"${Buffer.from(bytes).toString('base64')}"`);
      separator = ',';
    }
    await this.#tool.write(`${separator === ',' ? '' : separator}}}\n`);
  }

  async #give({ id, entries }: SourceTree): Promise<void> {
    this.#given.add(id);
    await this.#send({ tree: id, entries: entries.map(({ path, mode, oid }) => [path, mode, oid]) });
  }

  async #send(message: unknown): Promise<void> {
    await this.#tool.write(`${JSON.stringify(message)}\n`);
  }

  async #next(): Promise<EngineMessage | undefined> {
    const line = await this.#lines.next();
    return line === undefined ? undefined : parseMessage(line);
  }

  #lastWords(): string {
    return this.#tool.stderr().trim().split('\n').at(-1)?.slice(0, 300) || 'it ended before it was ready';
  }
}

function refuseAll(wanted: readonly RemoteRequest[]): Promise<RemoteAnswer> {
  return Promise.resolve({ denied: wanted.map(({ url }) => ({ url, reason: 'presync does not fetch it' })) });
}

function toMount({ at, tree }: Mount): { readonly at: string; readonly tree: string } {
  return { at, tree: tree.id };
}

/** Where a file could not be had, that is the reason, and not what the engine made of its absence. */
function toError({ error }: Extract<EngineMessage, { readonly type: 'error' }>, { refusal }: Budget): EngineError {
  const { code, message, path, line, reads } = error;
  if (refusal === undefined || code !== 'limit') return new EngineError(code, message, { path, line, reads });
  return new EngineError(code, `${refusal.path}: ${refusal.reason}`, { path: refusal.path, reads });
}
