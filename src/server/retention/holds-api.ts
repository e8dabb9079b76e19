import { z } from "zod";
import { captureClass } from "../../common/capture-class.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import { storedCaptures } from "../../provider/captures/stored-captures.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import type { State } from "../../state/state.ts";
import type { Asking } from "../blocks/blocks-api.ts";
import { findCaptures, nameOf } from "./find-captures.ts";
import type { RetentionGuard } from "./guard.ts";
import type { Holds } from "./holds.ts";

const reasonLengthMax = 1_000;

const reason = z
  .string()
  .trim()
  .min(1, "a reason is needed")
  .max(reasonLengthMax)
  .refine((text) => !/[\p{Cc}\p{Cf}]/u.test(text), "control characters are not allowed");
const holdRequest = z.strictObject({ reason });
const classRequest = z.strictObject({ class: captureClass });

export interface HoldsApiOptions {
  state: State;
  holds: Holds;
  guard: RetentionGuard;
  addressOf: (request: Request) => string | null;
  /** A hold or a class was changed: what may go is another. */
  onChanged: () => Promise<void>;
}

/** `/nightcap/v1/holds` and `/nightcap/v1/captures/NAME/class`; null for other paths. */
export function createHoldsApi(
  options: HoldsApiOptions,
): (request: Request, asking: Asking) => Promise<Response | null> {
  return async (request, asking) => {
    const { pathname } = requestUrl(request);
    const { method } = request;
    if (pathname === "/nightcap/v1/holds" && method === "GET") {
      return jsonResponse(200, { value: await options.holds.list() });
    }
    const held = /^\/nightcap\/v1\/holds\/([^/]+)$/.exec(pathname)?.[1];
    if (held !== undefined && (method === "PUT" || method === "DELETE")) {
      return changeHold(options, readName(held), { request, asking });
    }
    const classed = /^\/nightcap\/v1\/captures\/([^/]+)\/class$/.exec(pathname)?.[1];
    if (classed !== undefined && method === "PUT") {
      return changeClass(options, readName(classed), { request, asking });
    }
    return null;
  };
}

function readName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const message = `"${text.slice(0, 100)}" is not percent-encoded UTF-8`;
    throw new NightcapError("InvalidParameter", message, { cause });
  }
}

interface Asked {
  request: Request;
  asking: Asking;
}

async function changeHold(
  { holds, addressOf, onChanged }: HoldsApiOptions,
  name: string,
  { request, asking }: Asked,
): Promise<Response> {
  asking.note(name);
  const sets = request.method === "PUT";
  // Not every client sends the body of a DELETE.
  const wanted = parseContent(
    holdRequest,
    sets ? await readJson(request) : Object.fromEntries(requestUrl(request).searchParams),
  );
  asking.note(`${name}: legal hold ${sets ? "set" : "cleared"}: ${wanted.reason}`);
  const by = { caller: asking.caller, address: addressOf(request), reason: wanted.reason };
  const value = await (sets ? holds.set(name, by) : holds.clear(name, by));
  await onChanged();
  return jsonResponse(200, { value });
}

async function changeClass(
  { state, guard, onChanged }: HoldsApiOptions,
  name: string,
  { request, asking }: Asked,
): Promise<Response> {
  asking.note(name);
  const wanted = parseContent(classRequest, await readJson(request));
  asking.note(`${name}: class ${wanted.class}`);
  const value = [];
  for (const { key } of await findCaptures(state, name)) {
    const changed = await storedCaptures(state).update(key, (current) => ({
      ...current,
      class: wanted.class,
      classFrom: "set",
    }));
    if (!changed) continue;
    guard.note(changed);
    const { captureId } = changed;
    value.push({ capture: nameOf(captureId), captureId, sessionId: key, class: changed.class });
  }
  await onChanged();
  return jsonResponse(200, { value });
}
