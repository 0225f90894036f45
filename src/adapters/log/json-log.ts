import type { Clock } from '../../ports/clock.ts';
import type { Log, LogFacts } from '../../ports/log.ts';

/** One JSON object a line, as log collectors read it; the message is constant text, what varies are fields. */
export function jsonLog(write: (line: string) => void, clock: Clock): Log {
  const at =
    (level: string) =>
    (facts: LogFacts, message: string): void => {
      write(`${JSON.stringify({ time: clock.now().toISOString(), level, message, ...facts })}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
