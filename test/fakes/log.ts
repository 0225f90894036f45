import type { Log, LogFacts } from '../../src/ports/log.ts';

/** Keeps what was logged. */
export class FakeLog implements Log {
  readonly lines: { readonly level: 'info' | 'warn' | 'error'; readonly facts: LogFacts; readonly message: string }[] =
    [];

  info(facts: LogFacts, message: string): void {
    this.lines.push({ level: 'info', facts, message });
  }
  warn(facts: LogFacts, message: string): void {
    this.lines.push({ level: 'warn', facts, message });
  }
  error(facts: LogFacts, message: string): void {
    this.lines.push({ level: 'error', facts, message });
  }
}
