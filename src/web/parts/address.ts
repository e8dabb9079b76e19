import { useSearchParams } from "wouter";

export type ParameterChanges = Readonly<Record<string, string | null>>;

/**
 * What of the page's state stands in its address, so that a link carries it and "back" leaves the page.
 * A change to null or to nothing takes the parameter away.
 */
export function useParameters(): [URLSearchParams, (changes: ParameterChanges) => void] {
  const [parameters, setParameters] = useSearchParams();
  const change = (changes: ParameterChanges): void =>
    setParameters((before) => changed(before, changes), { replace: true });
  return [parameters, change];
}

function changed(before: URLSearchParams, changes: ParameterChanges): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}
