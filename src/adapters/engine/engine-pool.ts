import { availableParallelism } from 'node:os';
import { type Engine, type EngineAnswer, EngineError, type EngineRequest } from '../../ports/engine.ts';
import type { ToolRunner } from '../../ports/tool-runner.ts';
import { type EngineLimits, EngineProcess, type EngineSetup } from './engine-process.ts';

/** DESIGN 3.2; the largest public charts answer with some megabytes, the largest repositories hold about 100 MB of text. */
const LIMITS: EngineLimits = {
  requestMs: 30_000,
  startMs: 30_000,
  inputBytes: 256 * 1024 * 1024,
  outputBytes: 128 * 1024 * 1024,
};

/** Which program, of which presync. */
export interface EngineProgram {
  /** Absolute path of the program that `npm run engine` builds. */
  readonly binary: string;
  /** Told by `versions()` beside those of the engine. */
  readonly presync?: string;
}

export interface EngineOptions extends EngineProgram {
  readonly runner: ToolRunner;
  /** Processes at most; one per core where it is not said. */
  readonly processes?: number;
  readonly limits?: Partial<EngineLimits>;
}

/**
 * An engine of several processes, each started when it is first needed: whoever wants to know early whether the engine is there
 * asks for `versions()`. What a process keeps (files, trees) serves one installation: make another engine for another one (DESIGN
 * 3.2). `versions().sandbox` is `none` where the system has no seccomp; whoever runs it decides whether that will do.
 */
export function engineOf(options: EngineOptions): Engine {
  const { runner, binary, presync, processes = availableParallelism(), limits } = options;
  const own = presync === undefined ? {} : { presync };
  const pool = new Pool({ runner, binary, limits: { ...LIMITS, ...limits } }, processes);
  return {
    versions: () => pool.use((_, versions) => Promise.resolve({ ...versions, ...own })),
    run: (request, signal) => pool.run(request, signal),
    close: () => pool.close(),
  };
}

type Versions = Readonly<Record<string, string>>;

/** Place for one process, and what it said when it was ready. */
interface Seat {
  process: EngineProcess | undefined;
  versions: Versions;
}

class Pool {
  readonly #setup: EngineSetup;
  readonly #free: Seat[];
  readonly #seats: readonly Seat[];
  readonly #waiting: ((seat: Seat) => void)[] = [];
  #closed = false;

  constructor(setup: EngineSetup, processes: number) {
    this.#setup = setup;
    this.#seats = Array.from({ length: Math.max(1, processes) }, () => ({ process: undefined, versions: {} }));
    this.#free = [...this.#seats];
  }

  run(request: EngineRequest, signal: AbortSignal): Promise<EngineAnswer> {
    return this.use((process) => {
      signal.throwIfAborted();
      return process.run(request, signal);
    });
  }

  /** Waits for a place, sees to it that a process runs there, and gives the place back whatever happens. */
  async use<Result>(work: (process: EngineProcess, versions: Versions) => Promise<Result>): Promise<Result> {
    const seat = await this.#take();
    try {
      return await work(await this.#started(seat), seat.versions);
    } finally {
      this.#giveBack(seat);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const processes = this.#seats.flatMap(({ process }) => process ?? []);
    await Promise.all(processes.map((process) => process.kill()));
  }

  async #started(seat: Seat): Promise<EngineProcess> {
    if (this.#closed) throw new EngineError('internal', 'the engine is closed');
    if (seat.process?.dead === false) return seat.process;
    const process = new EngineProcess(this.#setup);
    seat.process = process;
    seat.versions = await process.start();
    return process;
  }

  #take(): Promise<Seat> {
    const seat = this.#free.pop();
    return seat === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(seat);
  }

  #giveBack(seat: Seat): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(seat);
    else next(seat);
  }
}
