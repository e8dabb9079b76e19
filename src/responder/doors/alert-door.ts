import { type SourceName, sourceNames } from "../../alert/sources/source.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import { hasFunctionKey } from "../function-keys.ts";
import { type Admission, readAlertBody } from "../handle-alert.ts";
import { hasBearerToken } from "./bearer.ts";
import type { DoorName, Peer, Refusal } from "./door.ts";
import type { RefusalLimit } from "./refusal-limit.ts";
import type { SignatureDoor } from "./signature.ts";

export interface AlertDoorOptions {
  /** Function keys, any of which opens; without one nobody comes in by them. */
  keys: readonly string[];
  bearerTokens?: readonly string[];
  signatures?: SignatureDoor;
  /** True for a client certificate's names that are let in. */
  isCertificateKnown?: (names: readonly string[]) => boolean;
  /** The ways in for each source; one that is not here has the key alone. */
  doors?: Partial<Readonly<Record<SourceName, readonly DoorName[]>>>;
  limit?: RefusalLimit;
  /** Called with each refusal that is not over the limit. */
  onRefused?: (refusal: Refusal) => Promise<void>;
  /** Called with each refusal. */
  countRefusal?: (code: string) => void;
  /** What is behind the door. */
  handle: (request: Request, admission: Admission) => Promise<Response>;
}

export type AlertDoor = (request: Request, peer?: Peer) => Promise<Response>;

const nobody: Peer = { address: null, certificateNames: null };
const usualDoors: readonly DoorName[] = ["key"];

/**
 * `POST /api/responder` and `POST /api/responder/{source}`: what Azure's host does in front of a function of
 * `authLevel: "function"`, and the other ways in that senders know. Nobody's call is 401, the right one for another
 * source 403, other methods 405.
 */
export function createAlertDoor(options: AlertDoorOptions): AlertDoor {
  return async (request, peer = nobody) => {
    const source = readSource(request);
    if (source === undefined) return noSuchSource(request);
    if (request.method !== "POST") return methodNotAllowed(request.method);
    try {
      return await enter(request, { peer, source, options });
    } catch (error) {
      if (!(error instanceof NightcapError)) throw error;
      return refuse(error, { request, peer, source, options });
    }
  };
}

interface Visit {
  peer: Peer;
  source: SourceName | null;
  options: AlertDoorOptions;
}

async function enter(request: Request, { peer, source, options }: Visit): Promise<Response> {
  const { signatures } = options;
  const open = new Set<DoorName>();
  if (hasFunctionKey(request, options.keys)) open.add("key");
  if (hasBearerToken(request, options.bearerTokens ?? [])) open.add("bearer");
  if (peer.certificateNames !== null && options.isCertificateKnown?.(peer.certificateNames)) {
    open.add("certificate");
  }
  const signed = signatures?.isSigned(request) ? await verify(request, signatures) : null;
  if (signed) open.add("signature");
  if (open.size === 0) throw new NightcapError("AuthenticationFailed", howToEnter(options));
  const check = (from: SourceName): void => checkDoor(from, open, options);
  if (source !== null) check(source);
  const again = signed ? copyWithBody(request, signed.body) : request;
  const response = await options.handle(again, { source, check });
  if (signed && (response.status === 429 || response.status >= 500)) {
    signatures?.forget(signed.digest);
  }
  return response;
}

async function verify(
  request: Request,
  signatures: SignatureDoor,
): Promise<{ body: Uint8Array; digest: string }> {
  const body = await readAlertBody(request);
  const verdict = signatures.verify(request, body);
  if (verdict.kind === "right") return { body, digest: verdict.digest };
  const reason = verdict.kind === "wrong" ? verdict.reason : "signature is missing";
  const isBusy = verdict.kind === "wrong" && verdict.isBusy === true;
  throw new NightcapError(isBusy ? "TooManyRequests" : "AuthenticationFailed", reason);
}

function checkDoor(
  source: SourceName,
  open: ReadonlySet<DoorName>,
  { doors = {} }: AlertDoorOptions,
): void {
  const allowed = doors[source] ?? usualDoors;
  if (allowed.some((door) => open.has(door))) return;
  const came = [...open].join(", ");
  const message = `alerts of ${source} do not come in by ${came} here, but by ${allowed.join(" or ")}`;
  throw new NightcapError("AuthorizationFailed", message);
}

/** Undefined for a path that is none of ours; null where it leaves the source open. */
function readSource(request: Request): SourceName | null | undefined {
  const path = requestUrl(request).pathname.replace(/\/$/, "");
  const word = /^\/api\/responder\/([^/]+)$/i.exec(path)?.[1]?.toLowerCase();
  if (word === undefined) return /^\/api\/responder$/i.test(path) ? null : undefined;
  return sourceNames.find((name) => name.toLowerCase() === word);
}

const copyWithBody = ({ url, method, headers }: Request, body: Uint8Array): Request =>
  new Request(url, { method, headers, body: new Uint8Array(body) });

async function refuse(
  error: NightcapError,
  { request, peer, source, options }: Visit & { request: Request },
): Promise<Response> {
  const { code, message, status } = error;
  const { limit } = options;
  options.countRefusal?.(code);
  if (limit && !limit.take(peer.address)) {
    const body = {
      code: "TooManyRequests",
      message: "too many calls were refused; try again later",
    };
    const headers = { "retry-after": String(limit.retryAfterSeconds()) };
    return jsonResponse(429, { error: body }, headers);
  }
  await options.onRefused?.({ request, peer, source, status, code });
  return jsonResponse(status, { error: { code, message } });
}

function howToEnter({
  bearerTokens = [],
  signatures,
  isCertificateKnown,
}: AlertDoorOptions): string {
  const others = [
    ...(bearerTokens.length > 0 ? ["a bearer token"] : []),
    ...(signatures ? ["a signature"] : []),
    ...(isCertificateKnown ? ["a client certificate at the port for it"] : []),
  ];
  const key = "function key is missing or wrong: send it as header x-functions-key or as ?code=";
  return [key, ...others].join(", or ");
}

function noSuchSource(request: Request): Response {
  const path = requestUrl(request).pathname.slice(0, 100);
  const message = `there is no ${path}; POST /api/responder, or /api/responder/ and one of ${sourceNames.join(", ")}`;
  return jsonResponse(404, { error: { code: "ResourceNotFound", message } });
}

function methodNotAllowed(method: string): Response {
  const message = `method ${method} is not allowed: POST expected`;
  return jsonResponse(405, { error: { code: "MethodNotAllowed", message } }, { allow: "POST" });
}
