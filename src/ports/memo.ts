import type { Oid } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';

/**
 * What follows from the bytes of one blob alone, whatever its path: asked once a blob, not once a run. `question` names what is
 * asked, with a number that grows when the answers change. An `answer` that throws is not remembered.
 */
export interface Memo {
  about<Value extends JsonValue>(oid: Oid, question: string, answer: () => Promise<Value>): Promise<Value>;
}

/** Remembers nothing. */
export const FORGETFUL: Memo = { about: (_oid, _question, answer) => answer() };
