import { NightcapError } from "../../common/errors.ts";
import { type Access, readActionOf } from "../authorization/access.ts";
import type { Caller, Operation } from "./arm-request.ts";

/** What a request may touch. */
export interface Permit {
  readonly access: Access;
  /**
   * Whether a list may show this resource to the caller. A list of which only a part is the
   * caller's must ask for each: an answer that did not ask is withheld.
   */
  shows(resource: { id: string; type: string }): boolean;
}

/** The permit, and whether the answer may be sent. */
export interface Check {
  permit: Permit;
  /** Throws `AuthorizationFailed` when only a part was permitted and the whole was shown. */
  checkShown(): void;
}

/** Throws `AuthorizationFailed` when no role of the caller lets them ask. */
export function checkPermit(options: {
  operation: Operation;
  access: Access;
  caller: Caller;
  scope: string;
}): Check {
  const { operation, access, caller, scope } = options;
  const { action, reach, method } = operation;
  const refused = () => authorizationFailed(caller, action, scope);
  const whole = access.allows(action, scope);
  if (reach !== "anyone" && !whole) {
    const isRead = method === "GET" || method === "HEAD";
    const part = reach === "members" ? access.reaches(scope) : access.allowsBelow(action, scope);
    if (!isRead || !part) throw refused();
  }
  let asked = whole || reach !== undefined;
  return {
    permit: {
      access,
      shows(resource) {
        asked = true;
        if (whole && reach === undefined) return true;
        return maySee(access, resource);
      },
    },
    checkShown() {
      if (!asked) throw refused();
    },
  };
}

/** A subscription is seen by whoever has any role in it: az login asks for no more. */
function maySee(access: Access, resource: { id: string; type: string }): boolean {
  const isSubscription = /^\/subscriptions\/[^/]+$/i.test(resource.id);
  if (isSubscription) return access.reaches(resource.id);
  return access.allows(readActionOf(resource), resource.id);
}

/** In Azure's words. */
export function authorizationFailed(caller: Caller, action: string, scope: string): NightcapError {
  return new NightcapError(
    "AuthorizationFailed",
    `The client '${caller.id}' with object id '${caller.id}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/**
 * Throws `LinkedAuthorizationFailed`, as Azure does, when a request made at one scope acts on a resource where
 * the caller has no role at all: who may write below a network watcher may not record everybody's packets.
 */
export function checkLinked(
  {
    permit,
    caller,
    action,
    path,
  }: { permit: Permit; caller: Caller; action: string; path: string },
  linkedId: string,
): void {
  if (permit.access.rolesAt(linkedId).length > 0) return;
  throw new NightcapError(
    "LinkedAuthorizationFailed",
    `The client '${caller.id}' with object id '${caller.id}' has permission to perform action '${action}' on scope '${path}'; however, it does not have permission to act on the linked scope(s) '${linkedId}' or the linked scope(s) are invalid.`,
  );
}
