import { NightcapError } from "../../common/errors.ts";
import type { Target } from "./sources.ts";

/** What a path below /v1/ is for. */
export type Route =
  | { readonly kind: "batch" }
  | { readonly kind: "query"; readonly target: Target }
  | { readonly kind: "metadata"; readonly target: Target };

const workspacePath = /^\/v1\/workspaces\/([^/]+)\/(query|search|metadata)$/i;
const resourcePath = /^\/v1(\/subscriptions\/.+)\/(query|search|metadata)$/i;
const batchPath = /^\/v1\/(?:\$|%24)batch$/i;

/** Throws for a path that is none of the API, and for a method that it does not have. */
export function readRoute(method: string, { pathname }: URL): Route {
  const path = pathname.replace(/\/+$/, "");
  if (batchPath.test(path)) {
    checkMethod(method, ["POST"]);
    return { kind: "batch" };
  }
  const workspace = workspacePath.exec(path);
  const [, named = "", verb = ""] = workspace ?? resourcePath.exec(path) ?? [];
  if (named === "") throw new NightcapError("ResourceNotFound", `no path ${path.slice(0, 200)}`);
  checkMethod(method, ["GET", "POST"]);
  const text = decoded(named);
  const target = workspace ? { workspaceId: text } : { resourceId: text };
  return { kind: verb.toLowerCase() === "metadata" ? "metadata" : "query", target };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const message = `path has a percent code that is malformed: ${text.slice(0, 200)}`;
    throw new NightcapError("InvalidRequest", message, { cause });
  }
}

function checkMethod(method: string, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  throw new NightcapError("MethodNotAllowed", `${method} is not there; ${allowed.join(", ")} is`);
}
