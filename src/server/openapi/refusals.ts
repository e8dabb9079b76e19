import { isInternal } from "../../arm/error-envelope.ts";
import { type ErrorCode, errorStatus } from "../../common/errors.ts";
import type { RouteDescription } from "./route.ts";

const ofSignIn: readonly ErrorCode[] = [
  "InvalidAuthenticationToken",
  "InvalidAuthenticationTokenAudience",
  "ExpiredAuthenticationToken",
  "AuthenticationFailed",
  "AuthorizationFailed",
];
const ofBody: readonly ErrorCode[] = [
  "InvalidRequestContent",
  "RequestTooLarge",
  "UnsupportedMediaType",
];

/** All codes that a route refuses with: its own, and those that follow from what it reads. */
export function codesOf({ method, path, query, body, errors, isOpen }: RouteDescription) {
  const codes: ErrorCode[] = [
    ...(isOpen ? [] : ofSignIn),
    ...(isOpen || method === "GET" ? [] : ["CsrfTokenInvalid" as const]),
    ...(query || path.includes("{") ? ["InvalidParameter" as const] : []),
    ...(body ? ofBody : []),
    ...(errors ?? []),
    "InternalServerError",
  ];
  return [...new Set(codes)];
}

/** The same by the status that each is answered with; what is the control plane's own trouble is said as one. */
export function refusalsOf(description: RouteDescription): Map<number, ErrorCode[]> {
  const shown = codesOf(description).filter(
    (code) => code === "InternalServerError" || !isInternal(errorStatus[code]),
  );
  return Map.groupBy(
    shown.toSorted((a, b) => errorStatus[a] - errorStatus[b]),
    (code) => errorStatus[code],
  );
}
