import type { Json } from './types.ts';

const DOCUMENTATION = 'https://docs.github.com/rest';

export interface RefusalDetails {
  /** Set where a correct client never asks this; it becomes a violation. */
  readonly rule?: string;
  readonly errors?: readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** GitHub says no. Thrown by rules and routes, answered in one place. */
export class Refusal extends Error {
  readonly status: number;
  readonly details: RefusalDetails;

  constructor(status: number, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.details = details;
  }

  get body(): Json {
    const { errors } = this.details;
    return {
      message: this.message,
      ...(errors ? { errors } : {}),
      documentation_url: DOCUMENTATION,
      status: String(this.status),
    };
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

export function badCredentials(): Refusal {
  return new Refusal(401, 'Bad credentials');
}

export function notAccessible(request: string): Refusal {
  return new Refusal(403, 'Resource not accessible by integration', { rule: 'permission', errors: [request] });
}

export function invalid(rule: string, message: string, errors?: readonly unknown[]): Refusal {
  return new Refusal(422, message, errors ? { rule, errors } : { rule });
}
