import { type HttpHandler, jsonResponse } from "../common/http.ts";
import { hasFunctionKey } from "./function-keys.ts";

export interface ResponderHandlerOptions {
  /** Function keys, any of which opens; without one nobody comes in. */
  keys: readonly string[];
  /** What is behind the door: `handleAlert`. */
  handle: HttpHandler;
}

/**
 * The local door, `POST /api/responder`: what Azure's host does in front of a function of
 * `authLevel: "function"`. Wrong or missing key 401, other methods 405.
 */
export function createResponderHandler({ keys, handle }: ResponderHandlerOptions): HttpHandler {
  return async (request) => {
    if (request.method !== "POST") return methodNotAllowed(request.method);
    if (hasFunctionKey(request, keys)) return handle(request);
    const message =
      "function key is missing or wrong: send it as header x-functions-key or as ?code=";
    return jsonResponse(401, { error: { code: "AuthenticationFailed", message } });
  };
}

function methodNotAllowed(method: string): Response {
  const message = `method ${method} is not allowed: POST expected`;
  return jsonResponse(405, { error: { code: "MethodNotAllowed", message } }, { allow: "POST" });
}
