import { isObject, type JsonObject, textAt } from '../../model/json.ts';
import type { Attachment, Believed, Rejected } from '../../model/provenance.ts';
import type { VerifyWant } from '../../ports/signature-verifier.ts';

/** What the child says when it can be asked. */
export const READY = { ready: 1 };

/** `VerifyWant` as JSON has it: bytes in base64. */
interface EncodedWant {
  readonly subjects: readonly string[];
  readonly attachment: Omit<Attachment, 'content'> & { readonly content: string };
  readonly artifacts: readonly string[];
  readonly predicates: readonly string[];
}

export interface ChildRequest {
  readonly id: number;
  readonly want: EncodedWant;
  /** RFC 3339. */
  readonly now: string;
}

export function encodeWant({ subjects, attachment, artifacts = [], predicates = [] }: VerifyWant): EncodedWant {
  const content = Buffer.from(attachment.content).toString('base64');
  const encoded = artifacts.map((bytes) => Buffer.from(bytes).toString('base64'));
  return { subjects, attachment: { ...attachment, content }, artifacts: encoded, predicates };
}

export function decodeWant({ subjects, attachment, artifacts, predicates }: EncodedWant): VerifyWant {
  const content = Buffer.from(attachment.content, 'base64');
  return {
    subjects,
    attachment: { ...attachment, content },
    artifacts: artifacts.map((text) => Buffer.from(text, 'base64')),
    predicates,
  };
}

export function isReady(line: string): boolean {
  return line === JSON.stringify(READY);
}

/**
 * The child's answer to that request and no other (P-D6); undefined for anything else. Hostile bytes have been through the child: its
 * word counts only for what was asked.
 */
export function answerIn(line: string, id: number, want: VerifyWant): Believed | Rejected | undefined {
  const message = parsed(line);
  const answer = message?.['answer'];
  if (message?.['id'] !== id || !isObject(answer) || !isOf(answer, want)) return undefined;
  if (isRejected(answer)) return answer as unknown as Rejected;
  return isBelieved(answer, want) ? (answer as unknown as Believed) : undefined;
}

function parsed(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOf(answer: JsonObject, { attachment: { format, place, digest } }: VerifyWant): boolean {
  return answer['format'] === format && answer['place'] === place && answer['digest'] === digest;
}

const FAULTS: readonly string[] = ['mismatch', 'invalid', 'malformed'] satisfies readonly Rejected['fault'][];

function isRejected(answer: JsonObject): boolean {
  return (
    FAULTS.includes(textAt(answer, 'fault')) &&
    typeof answer['reason'] === 'string' &&
    answer['signer'] === undefined &&
    ['undefined', 'string'].includes(typeof answer['needs'])
  );
}

const KINDS: readonly string[] = ['keyless', 'certificate', 'key'] satisfies readonly Believed['signer']['kind'][];

function isBelieved(answer: JsonObject, { subjects, predicates = [] }: VerifyWant): boolean {
  const { statement } = answer;
  const isAsked = isObject(statement) && predicates.includes(textAt(answer, 'predicateType'));
  return (
    (statement === undefined || isAsked) &&
    subjects.includes(textAt(answer, 'subject')) &&
    ['signature', 'attestation'].includes(textAt(answer, 'role')) &&
    KINDS.includes(textAt(answer['signer'], 'kind')) &&
    typeof answer['isLogged'] === 'boolean'
  );
}
