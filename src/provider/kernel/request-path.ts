import { NightcapError } from "../../common/errors.ts";
import { requestUrl } from "../../common/http.ts";
import type { Method } from "./arm-request.ts";

/** The URL without double slashes, and its decoded segments; throws `InvalidRequest` for a malformed one. */
export function readPath(request: Request): { url: URL; segments: string[] } {
  const url = requestUrl(request);
  const path = url.pathname.replace(/\/+$/, "");
  const segments = path.slice(1).split("/").map(decodeSegment);
  if (!segments.includes(null)) return { url, segments: segments.filter((part) => part !== null) };
  throw new NightcapError(
    "InvalidRequest",
    `path "${path.slice(0, 300)}" has a percent code that is malformed or a slash`,
  );
}

/** Null for a malformed one, and for one that would be two segments. */
function decodeSegment(text: string): string | null {
  try {
    const segment = decodeURIComponent(text);
    return segment.includes("/") ? null : segment;
  } catch {
    return null;
  }
}

/** What is not there, by its name; with the methods that the path has, if any. */
export function notRouted(
  method: string,
  segments: readonly string[],
  methods: readonly Method[],
): NightcapError {
  const there = methods.length > 0 ? `; there is ${[...new Set(methods)].join(", ")}` : "";
  return new NightcapError(
    "NotImplemented",
    `not supported: ${method} on ${describeType(segments)}${there}`,
  );
}

/** The resource type of any path, for messages: names left out. */
function describeType(segments: readonly string[]): string {
  const at = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  if (at < 0) return `/${segments.filter((_, index) => index % 2 === 0).join("/")}`.slice(0, 200);
  const [provider = "", ...rest] = segments.slice(at + 1);
  return [provider, ...rest.filter((_, index) => index % 2 === 0)].join("/").slice(0, 200);
}
