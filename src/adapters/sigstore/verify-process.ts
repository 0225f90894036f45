import type { Believed, Rejected } from '../../model/provenance.ts';
import type { VerifyWant } from '../../ports/signature-verifier.ts';
import type { HeldTool, ToolRun, ToolRunner } from '../../ports/tool-runner.ts';
import { answerIn, type ChildRequest, encodeWant, isReady } from './messages.ts';

export interface VerifyLimits {
  /** Wall time of one attachment. */
  readonly attachmentMs: number;
  readonly startMs: number;
  readonly attachmentBytes: number;
  /** Of one answer. */
  readonly answerBytes: number;
}

export interface VerifySetup {
  readonly runner: ToolRunner;
  readonly program: Pick<ToolRun, 'program' | 'args'>;
  readonly limits: VerifyLimits;
}

export interface VerifyAsk {
  readonly want: VerifyWant;
  /** JSON of all that is trusted. */
  readonly trust: string;
  readonly now: Date;
}

const NEWLINE = 10;

/** One child, which verifies one attachment at a time. After any breach of the protocol or of a limit it is dead. */
export class VerifyProcess {
  readonly #tool: HeldTool;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #limits: VerifyLimits;
  #rest: Uint8Array = new Uint8Array();
  #trust = '';
  #id = 0;
  #dead = false;

  constructor({ runner, program, limits }: VerifySetup) {
    this.#limits = limits;
    this.#tool = runner.hold({ ...program, cwd: '/', env: {} });
    this.#chunks = this.#tool.output[Symbol.asyncIterator]();
    void this.#watch();
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Why it cannot be used, or undefined. */
  async start(): Promise<string | undefined> {
    const { startMs } = this.#limits;
    const line = await this.#within(startMs, () => this.#line());
    if (typeof line === 'string' && isReady(line)) return undefined;
    await this.kill();
    const words = this.#tool.stderr().trim().split('\n').at(-1)?.slice(0, 300);
    return line === 'late' ? `it was not ready within ${startMs} ms` : words || 'it ended before it was ready';
  }

  /** The answer, or a sentence on why there is none; then the process is dead. */
  async verify({ want, trust, now }: VerifyAsk): Promise<Believed | Rejected | string> {
    this.#id += 1;
    const id = this.#id;
    const { attachmentMs } = this.#limits;
    const request: ChildRequest = { id, want: encodeWant(want), now: now.toISOString() };
    const told = trust === this.#trust ? '' : `{"trust":${trust}}\n`;
    this.#trust = trust;
    const line = await this.#within(attachmentMs, async () => {
      await this.#tool.write(`${told}${JSON.stringify(request)}\n`);
      return await this.#line();
    });
    const answer = line === undefined || line === 'late' ? undefined : answerIn(line, id, want);
    if (answer !== undefined) return answer;
    await this.kill();
    return line === 'late'
      ? `it could not be verified within ${attachmentMs} ms`
      : 'the process that verified it ended, or answered something else';
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

  /** `late` where the work took longer, undefined where the process broke off. */
  async #within(ms: number, work: () => Promise<string | undefined>): Promise<string | undefined> {
    const late = Promise.withResolvers<string>();
    const timer = setTimeout(() => late.resolve('late'), ms);
    try {
      return await Promise.race([work(), late.promise]);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next line, undefined where there is none or it is too long. */
  async #line(): Promise<string | undefined> {
    const parts: Uint8Array[] = [];
    let left = this.#limits.answerBytes;
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE);
      const part = end < 0 ? this.#rest : this.#rest.subarray(0, end);
      this.#rest = end < 0 ? new Uint8Array() : this.#rest.subarray(end + 1);
      left -= part.length;
      if (left < 0) return undefined;
      parts.push(part);
      if (end >= 0) return Buffer.concat(parts).toString('utf8');
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return undefined;
      this.#rest = chunk.value;
    }
  }
}
