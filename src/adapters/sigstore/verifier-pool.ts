import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import type { Attachment, Believed, Rejected, Trust } from '../../model/provenance.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SignatureVerifier, VerifyWant } from '../../ports/signature-verifier.ts';
import type { ToolRun, ToolRunner } from '../../ports/tool-runner.ts';
import { type VerifyAsk, type VerifyLimits, VerifyProcess, type VerifySetup } from './verify-process.ts';

/** A check takes 3 to 5 ms; an SBOM of 20 MB about a second. The rest is for a machine that is busy. */
const LIMITS: VerifyLimits = {
  attachmentMs: 15_000,
  startMs: 30_000,
  attachmentBytes: 48 * 1024 * 1024,
  answerBytes: 1024 * 1024,
};

export interface VerifierOptions {
  readonly runner: ToolRunner;
  readonly clock: Clock;
  /** Processes at most; one per core where it is not said. */
  readonly processes?: number | undefined;
  readonly limits?: Partial<VerifyLimits> | undefined;
  /** What is run; omitted: Node on the child beside this file. */
  readonly program?: Pick<ToolRun, 'program' | 'args'> | undefined;
}

/**
 * Verifies in processes of their own, so that what hangs, eats memory or crashes takes one attachment with it and nothing else. A
 * process is started when it is first needed, further ones only when enough waits to repay their start.
 */
export function signatureVerifier(options: VerifierOptions): SignatureVerifier {
  const { runner, clock, processes = availableParallelism(), limits, program = childProgram() } = options;
  const pool = new Pool({ runner, program, limits: { ...LIMITS, ...limits } }, { processes, clock });
  return {
    verify: (want, trust, signal) => pool.verify(want, trust, signal),
    prepare: () => void pool.prepare(),
    close: () => pool.close(),
  };
}

/**
 * Node runs the source where that is what runs, and the built file in the image. The child may read files (its own modules) and
 * nothing else; it has no network where Node can forbid it (26).
 */
function childProgram(): Pick<ToolRun, 'program' | 'args'> {
  const child = join(import.meta.dirname, `child${extname(import.meta.filename)}`);
  return { program: process.execPath, args: ['--permission', '--allow-fs-read=*', '--max-old-space-size=1024', child] };
}

/** Starting a process costs as much as this many checks. */
const WORTH_A_PROCESS = 10;

interface Seat {
  process: VerifyProcess | undefined;
}

class Pool {
  readonly #setup: VerifySetup;
  readonly #clock: Clock;
  readonly #seats: readonly Seat[];
  readonly #free: Seat[];
  readonly #waiting: ((seat: Seat) => void)[] = [];
  readonly #texts = new WeakMap<Trust, string>();
  #closed = false;
  #isPrepared = false;

  constructor(setup: VerifySetup, { processes, clock }: { readonly processes: number; readonly clock: Clock }) {
    this.#setup = setup;
    this.#clock = clock;
    this.#seats = Array.from({ length: Math.max(1, processes) }, () => ({ process: undefined }));
    this.#free = [...this.#seats];
  }

  async verify(want: VerifyWant, trust: Trust, signal: AbortSignal): Promise<Believed | Rejected> {
    signal.throwIfAborted();
    const { attachment } = want;
    const { attachmentBytes } = this.#setup.limits;
    if (attachment.content.length > attachmentBytes)
      return rejected(attachment, `it is larger than ${attachmentBytes} bytes`);
    const answer = this.#answer({ want, trust: this.#textOf(trust), now: this.#clock.now() });
    return await unlessAborted(answer, signal);
  }

  /** Once, the first process, which whoever asks next waits for. That it cannot be started is said to who asks. */
  async prepare(): Promise<void> {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    if (this.#free.length < this.#seats.length) return;
    const seat = await this.#take();
    try {
      await this.#started(seat);
    } catch {
      seat.process = undefined;
    } finally {
      this.#giveBack(seat);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#seats.flatMap(({ process }) => (process === undefined ? [] : [process.kill()])));
  }

  /** Never throws: who cannot be asked has not said yes (P-G1). */
  async #answer(ask: VerifyAsk): Promise<Believed | Rejected> {
    const { attachment } = ask.want;
    const seat = await this.#take();
    try {
      const process = await this.#started(seat);
      const answer = typeof process === 'string' ? process : await process.verify(ask);
      return typeof answer === 'string' ? rejected(attachment, answer) : answer;
    } catch {
      return rejected(attachment, 'the process that verifies could not be used');
    } finally {
      this.#giveBack(seat);
    }
  }

  async #started(seat: Seat): Promise<VerifyProcess | string> {
    if (this.#closed) return 'nothing is verified any more: presync is stopping';
    if (seat.process?.dead === false) return seat.process;
    seat.process = undefined;
    const process = new VerifyProcess(this.#setup);
    seat.process = process;
    const problem = await process.start();
    return problem === undefined ? process : `no process that verifies could be started: ${problem}`;
  }

  #take(): Promise<Seat> {
    const ready = this.#free.findIndex(({ process }) => process !== undefined);
    const isNobodyAtWork = this.#free.length === this.#seats.length;
    const isWorthIt = isNobodyAtWork || this.#waiting.length >= WORTH_A_PROCESS;
    const [seat] = ready >= 0 ? this.#free.splice(ready, 1) : this.#free.splice(0, isWorthIt ? 1 : 0);
    return seat === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(seat);
  }

  #giveBack(seat: Seat): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(seat);
    else next(seat);
  }

  /** Trust is one object for a whole run; it is written once. */
  #textOf(trust: Trust): string {
    const text = this.#texts.get(trust) ?? JSON.stringify(trust);
    this.#texts.set(trust, text);
    return text;
  }
}

function rejected({ format, place, digest }: Attachment, reason: string): Rejected {
  return { format, place, digest, fault: 'invalid', reason };
}

/** Whoever waits is told at once; the process ends its check, which is short, and is free then. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
