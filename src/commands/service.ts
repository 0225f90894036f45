import { readFileSync } from 'node:fs';
import { createApp, createHealthApp } from '../server/app.ts';
import { type Listening, listen } from '../server/listen.ts';
import { SettingsError } from '../config/settings-problem.ts';
import { readSettings, type Settings } from '../config/settings.ts';
import { startWorkers } from '../../workers/main.ts';
import { buildParts, type ServiceParts } from '../../workers/parts.ts';
import { EXIT, type Io } from './command.ts';
import { ownEngine } from './engine-binary.ts';

/** Kubernetes kills after terminationGracePeriodSeconds, which the chart sets to 60. */
const DRAIN_MS = 50_000;

export interface Roles {
  readonly web: boolean;
  readonly workers: boolean;
}

/** A running service; `stop` answers what has begun and then ends. */
export interface Service {
  readonly port: number;
  stop(deadlineMs: number): Promise<void>;
}

export function settingsFrom({ environment }: Io): Settings {
  return readSettings(environment, (file) => readFileSync(file, 'utf8'));
}

export async function startService(settings: Settings, roles: Roles, io: Io): Promise<Service> {
  const parts = await buildParts(settings, ownEngine(), (line) => io.log(line));
  const stopWorkers = roles.workers ? await startWorkers(parts) : (deadlineMs: number) => parts.queue.close(deadlineMs);
  const listening = await listenFor(parts, settings, roles);
  return {
    port: listening.port,
    async stop(deadlineMs) {
      try {
        await listening.close(deadlineMs / 2);
        await stopWorkers(deadlineMs / 2);
      } finally {
        // An open connection to Redis would keep the process alive until Kubernetes kills it.
        await parts.close();
      }
    },
  };
}

function listenFor(parts: ServiceParts, { webhookSecret, appId, port }: Settings, { web }: Roles): Promise<Listening> {
  const { queue, store, log, timer } = parts;
  const app = web
    ? createApp({ secrets: [webhookSecret], appId, queue, store, log })
    : createHealthApp({ queue, store, log });
  return listen(app, { port, host: '::' }, timer);
}

/** Runs until the process is told to stop. All problems of the settings are shown at once, a line each. */
export async function serveUntilStopped(roles: (settings: Settings) => Roles, io: Io): Promise<number> {
  try {
    const settings = settingsFrom(io);
    // Heard from the beginning: told to stop while it starts, it starts and then stops in order.
    const stopped = stopSignal();
    const service = await startService(settings, roles(settings), io);
    io.note(`listening on port ${service.port}`);
    await stopped;
    io.note('stopping; running jobs may end first');
    await service.stop(DRAIN_MS);
    return EXIT.passed;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const { name, message } of error.problems) io.note(`${name} ${message}`);
    return EXIT.errored;
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
