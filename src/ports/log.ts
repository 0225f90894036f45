/** What happened, as fields; never payloads, tokens or secrets. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Messages are constant text: `log.warn({ job, code }, 'job failed')`. */
export interface Log {
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
}
