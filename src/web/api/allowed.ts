import type { SignedIn } from "./session.ts";

/**
 * Whether a role would let this action through, as Azure's role definitions say: allowed by an action
 * and taken back by no notAction. The control plane decides again for each request.
 */
export const allows = (
  { actions, notActions }: Pick<SignedIn, "actions" | "notActions">,
  action: string,
): boolean =>
  actions.some((pattern) => matches(pattern, action)) &&
  !notActions.some((pattern) => matches(pattern, action));

/** `*` stands for any characters; letters are compared without case. */
function matches(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = action.toLowerCase();
  const [first = ""] = parts;
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  if (!text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
