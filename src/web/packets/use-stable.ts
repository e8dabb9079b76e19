import { useCallback, useRef } from "react";

/** The same function at all times, which does what the newest one does; not to be called while drawing. */
export function useStable<Given extends unknown[], Result>(
  act: (...given: Given) => Result,
): (...given: Given) => Result {
  const newest = useRef(act);
  newest.current = act;
  return useCallback((...given: Given) => newest.current(...given), []);
}
