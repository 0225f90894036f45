import type { OpenRemote, RemoteChoice } from './remote.ts';

/** The same, loaded and opened with the first thing that is asked for: whoever asks for images alone needs neither git nor an engine. */
export function lazyRemote(choice: RemoteChoice): OpenRemote {
  const opened: { one?: Promise<OpenRemote> } = {};
  const open = () => (opened.one ??= import('./remote.ts').then(({ openRemote }) => openRemote(choice)));
  return {
    remote: {
      resolve: async (want, signal) => (await open()).remote.resolve(want, signal),
      fetch: async (want, resolved, signal) => (await open()).remote.fetch(want, resolved, signal),
    },
    close: async () => {
      await (await opened.one)?.close();
    },
  };
}
