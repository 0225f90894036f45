import { type EngineProgram, engineOf } from '../src/adapters/engine/engine-pool.ts';
import { gitRemote } from '../src/adapters/git/fetch-remote.ts';
import { versionPicker } from '../src/adapters/remote/choose.ts';
import { type RemoteOptions, remoteContent } from '../src/adapters/remote/remote.ts';
import type { Remote } from '../src/ports/remote.ts';
import type { ToolRunner } from '../src/ports/tool-runner.ts';

export interface OpenRemote {
  readonly remote: Remote;
  close(): Promise<void>;
}

export interface RemoteChoice extends Pick<RemoteOptions, 'http' | 'registry' | 'cache'> {
  readonly runner: ToolRunner;
  readonly program: EngineProgram;
  /** What git fetches lies below it, of each scope apart. */
  readonly folder: string;
  readonly scope: string;
}

/**
 * Charts, artifacts, files and git. Versions are chosen by an engine besides those that render: a render that waits for a chart holds
 * its own engine, and all of them may wait.
 */
export function openRemote({ runner, program, http, registry, cache, folder, scope }: RemoteChoice): OpenRemote {
  const engine = engineOf({ runner, ...program, processes: 1 });
  const git = gitRemote({ runner, http, pick: versionPicker(engine), folder, scope });
  return {
    remote: remoteContent({ http, engine, git, registry, cache }),
    close: async () => {
      await Promise.all([git.close(), engine.close()]);
    },
  };
}
