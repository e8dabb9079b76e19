import { hostOf, type NotificationMessage, rulesOf } from "./message.ts";
import type { TargetSettings } from "./target-settings.ts";

/** True where the target wants the message; an empty list wants all. */
export function isRouted(target: TargetSettings, message: NotificationMessage): boolean {
  const { severities, rules, hosts, kinds } = target.routes;
  if (!target.enabled) return false;
  if (severities.length > 0 && !severities.includes(message.severity)) return false;
  if (kinds.length > 0 && !kinds.includes(message.kind)) return false;
  if (hosts.length > 0 && !hosts.some((each) => matchesPattern(each, hostOf(message))))
    return false;
  const names = rulesOf(message);
  return (
    rules.length === 0 || rules.some((each) => names.some((name) => matchesPattern(each, name)))
  );
}

/** `*` is any characters; case does not count. Takes the pieces in turn, so that no pattern is slow. */
export function matchesPattern(pattern: string, name: string): boolean {
  const text = name.toLowerCase();
  const pieces = pattern.toLowerCase().split("*");
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (pieces.length === 1) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}
