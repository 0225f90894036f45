/**
 * The one base of every error that presync makes itself. `code` comes from a closed set per class; nothing decides by
 * reading a message. The message is one sentence for a user: file, line or setting, and what to do.
 */
export abstract class PresyncError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }

  /** Would the same work, tried again, possibly end otherwise? */
  get retryable(): boolean {
    return false;
  }
}

/** The sentence of whatever was thrown; foreign errors are named as such, their stack is never shown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
