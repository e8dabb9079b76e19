import { parseResourceId } from "../../arm/resource-id.ts";
import type { RoleDefinition } from "./built-in-roles.ts";

/** A role at a scope. The scope is an id in lower case without a slash at its end; "" is the root. */
export interface Grant {
  scope: string;
  role: RoleDefinition;
}

/** What one caller may do, by the roles that were assigned to them. */
export interface Access {
  /** A role at `scope`, or above it, has `action`. */
  allows(action: string, scope: string): boolean;
  /** A role at `scope`, or above it, has `action` among those on data: blobs, not the account. */
  allowsData(action: string, scope: string): boolean;
  /** A role somewhere below `scope` has it: of a list, a part may be shown. */
  allowsBelow(action: string, scope: string): boolean;
  /** The caller has any role at, above or below `scope`. */
  reaches(scope: string): boolean;
  /** The roles that hold at `scope`. */
  rolesAt(scope: string): RoleDefinition[];
}

export function createAccess(grants: readonly Grant[]): Access {
  const at = (scope: string) => grants.filter((grant) => isWithin(normalScope(scope), grant.scope));
  const below = (scope: string) => {
    const wanted = normalScope(scope);
    return grants.filter((grant) => grant.scope !== wanted && isWithin(grant.scope, wanted));
  };
  return {
    allows: (action, scope) => at(scope).some(({ role }) => roleAllows(role, action)),
    allowsData: (action, scope) => at(scope).some(({ role }) => roleAllowsData(role, action)),
    allowsBelow: (action, scope) => below(scope).some(({ role }) => roleAllows(role, action)),
    reaches: (scope) => at(scope).length + below(scope).length > 0,
    rolesAt: (scope) => [...new Set(at(scope).map(({ role }) => role))],
  };
}

/** Ids compare in lower case; "/" is the root, as Azure writes it. */
export const normalScope = (scope: string): string => scope.toLowerCase().replace(/\/+$/, "");

/** Both in normal form: `id` is `scope` or something in it. */
export const isWithin = (id: string, scope: string): boolean =>
  id === scope || id.startsWith(`${scope}/`);

export const roleAllows = ({ permission }: RoleDefinition, action: string): boolean =>
  isAmong(action, permission.actions) && !isAmong(action, permission.notActions);

const roleAllowsData = ({ permission }: RoleDefinition, action: string): boolean =>
  isAmong(action, permission.dataActions) && !isAmong(action, permission.notDataActions);

const isAmong = (action: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => actionMatches(pattern, action));

/** `Microsoft.Network/*` matches `microsoft.network/networkWatchers/read`. */
export function actionMatches(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = action.toLowerCase();
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/**
 * What a request is about, as Azure names it in a refusal: the innermost resource whose name is in
 * the path. Of a list it is what the list is of, of `.../virtualMachines/a/start` the machine.
 */
export function requestScope(segments: readonly string[]): string {
  const at = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  if (at < 0) return containerOf(segments);
  const count = segments.length - at - 2;
  const complete = count - (count % 2);
  if (complete <= 0) return containerOf(segments.slice(0, at));
  return `/${segments.slice(0, at + 2 + complete).join("/")}`;
}

/** The resource, group or subscription that these segments begin with; "/" for neither. */
function containerOf(segments: readonly string[]): string {
  const lower = segments.map((segment) => segment.toLowerCase());
  if (lower[0] !== "subscriptions" || segments.length < 2) return "/";
  if (lower.includes("providers")) return `/${segments.join("/")}`;
  const isGroup = lower[2] === "resourcegroups" && segments.length >= 4;
  return `/${segments.slice(0, isGroup ? 4 : 2).join("/")}`;
}

/** The action that reading a stored resource needs. */
export function readActionOf(resource: { id: string; type: string }): string {
  const { provider, type } = parseResourceId(resource.id);
  if (provider !== null) return `${resource.type}/read`;
  return type.endsWith("/resourceGroups")
    ? "Microsoft.Resources/subscriptions/resourceGroups/read"
    : "Microsoft.Resources/subscriptions/read";
}
