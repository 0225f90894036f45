import type { PathStep } from '../model/finding.ts';
import { stepObject } from './arrow.ts';
import { code, plain, plainSentence, prose } from './foreign.ts';
import { placeWords } from './wording.ts';

/** More steps than anybody follows. */
const MAX_STEPS = 20;

/** Each step with the object that allows it, and the line where that is written. */
export function waySteps(path: readonly PathStep[]): readonly string[] {
  return listed(path, prose, code);
}

/** The same for a terminal. */
export function plainWaySteps(path: readonly PathStep[]): readonly string[] {
  return listed(path, plainSentence, plain);
}

type Show = (text: string) => string;

function listed(path: readonly PathStep[], sentence: Show, name: Show): readonly string[] {
  const left = path.length - MAX_STEPS;
  const steps = path.slice(0, MAX_STEPS).map((step, index) => {
    const [object, place] = [stepObject(step), placeWords(step)];
    const parts = [
      sentence(step.text),
      ...(object === '' ? [] : [`by ${name(object)}`]),
      ...(place === '' ? [] : [`written in ${name(place)}`]),
    ];
    return `${index + 1}. ${parts.join(', ')}`;
  });
  return left > 0 ? [...steps, `${MAX_STEPS + 1}. … and ${left} more`] : steps;
}
