import type { Bytes } from '../backend.ts';

export type Member = readonly [member: Bytes, score: number];

/** Members with their scores. `order` is computed on the first use after a change. */
export type SortedSet = { scores: Map<Bytes, number>; order: Member[] | undefined; readonly size: number };

export function emptySortedSet(): SortedSet {
  const scores = new Map<Bytes, number>();
  return {
    scores,
    order: undefined,
    get size() {
      return scores.size;
    },
  };
}

export function setScore(set: SortedSet, member: Bytes, score: number): void {
  set.scores.set(member, score);
  set.order = undefined;
}

export function removeMembers(set: SortedSet, members: Iterable<Bytes>): number {
  let removed = 0;
  for (const member of members) removed += Number(set.scores.delete(member));
  set.order = undefined;
  return removed;
}

/** By score, then by the member's bytes. */
export function inOrder(set: SortedSet): readonly Member[] {
  set.order ??= [...set.scores].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x < y ? -1 : 1));
  return set.order;
}
