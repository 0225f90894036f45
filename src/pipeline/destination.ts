import { destinationOf } from '../model/destination.ts';
import type { Problem } from '../model/finding.ts';
import type { AppPair } from './affected.ts';

/**
 * An app that is sent to another namespace takes its objects without a namespace there, although each of them looks as before: the
 * controllers fill it in (https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/, `destination`).
 */
export function movedDestinations(pairs: readonly AppPair[]): readonly Problem[] {
  return pairs.flatMap(({ id, base, merged }) => {
    const [before, after] = [base, merged].map((side) => (side === undefined ? undefined : destinationOf(side.app)));
    if (before === undefined || after === undefined || before === after) return [];
    const moving = (merged?.manifests ?? []).filter((one) => one.id.namespace === '').length;
    if (moving === 0) return [];
    return [
      {
        side: 'merged',
        rule: 'render/destination-moved',
        alias: '',
        severity: 'medium',
        enforcement: 'advice',
        app: id,
        object: null,
        pointer: '',
        key: `${before} ${after}`,
        facets: [],
        message: `its objects without a namespace (${moving}) go to ${after || 'the default namespace'} instead of ${before || 'the default namespace'}`,
        why: 'They are made anew there, with the rights and the network of that namespace; what stands in the old one is removed or left behind.',
        fix: 'Make sure that the move is meant.',
      },
    ];
  });
}
