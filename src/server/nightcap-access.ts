import { randomUUID } from "node:crypto";
import { challengeHeaders } from "../arm/authentication-error.ts";
import { errorAnswer, isInternal } from "../arm/error-envelope.ts";
import { isoTime } from "../common/clock.ts";
import { jsonResponse, requestUrl } from "../common/http.ts";
import { openAccess } from "../provider/authorization/assignment-store.ts";
import type { Caller } from "../provider/kernel/arm-request.ts";
import { type Audit, isRefusal } from "../provider/kernel/audit.ts";
import { authorizationFailed } from "../provider/kernel/permit.ts";
import type { ServerContext } from "./context.ts";

const pathLengthMax = 2_048;
const detailLengthMax = 1_000;

/** Who could make a secret for an Owner could be Owner: Contributor, who has all but this, may not. */
const giveRolesAction = "Microsoft.Authorization/roleAssignments/write";

/** What Azure asks of who locks a resource: a Contributor, who may delete captures, lifts no hold. */
const lockAction = "Microsoft.Authorization/locks";

/** Runs `work` for whoever may do what the request asks, and keeps what came of it. */
export type Guard = (
  request: Request,
  work: (caller: Caller, note: (detail: string) => void) => Promise<Response>,
) => Promise<Response>;

/** Checks the roles of those who ask below `/nightcap/`; they hold at the subscription's scope. */
export function createGuard(
  context: Pick<ServerContext, "state" | "subscription" | "clock" | "log">,
  parts: {
    audit: Audit;
    authenticate(request: Request): Promise<Caller>;
    addressOf(request: Request): string | null;
  },
): Guard {
  const { state, subscription, clock, log } = context;
  return async (request, work) => {
    const requestId = randomUUID();
    let caller: Caller | null = null;
    let detail: string | null = null;
    const note = (text: string): void => void (detail = text.slice(0, detailLengthMax));
    const [action = "", ...more] = actionsOf(request);
    const finish = async (response: Response, code: string | null): Promise<Response> => {
      if (!isRefusal(response) && isQuestion(request, action)) return response;
      await parts.audit.record({
        who: caller && { id: caller.id, name: caller.name },
        action,
        scope: subscription,
        method: request.method,
        resourceId: requestUrl(request).pathname.slice(0, pathLengthMax),
        when: isoTime(clock.now()),
        from: parts.addressOf(request),
        ...(detail === null ? {} : { detail }),
        outcome: { status: response.status, code },
        requestId,
      });
      return response;
    };
    try {
      caller = await parts.authenticate(request);
      const access = await openAccess(state, caller.id);
      const missing = [action, ...more].find((each) => !access.allows(each, subscription));
      if (missing !== undefined) throw authorizationFailed(caller, missing, subscription);
      return await finish(await work(caller, note), null);
    } catch (error) {
      const { status, body } = errorAnswer(error, requestId);
      if (isInternal(status)) log.error({ err: error, requestId }, "request failed");
      const headers = { "x-ms-request-id": requestId, ...challengeHeaders(error) };
      return finish(jsonResponse(status, body, headers), body.error.code);
    }
  };
}

/** Who writes these decides who comes in. */
const identityNouns: ReadonlySet<string> = new Set(["serviceprincipals", "tokenkeys", "users"]);

/** Of who may record somewhere: what a preview says of a ring, a capture would say as well. */
const previewAction = "Microsoft.Network/networkWatchers/packetCaptures/write";

/** A rule is sent to be looked at; whoever may read what it is about may ask. */
const alertPreviewAction = "Nightcap/alert-previews/read";

/** A query is sent to be looked at, and nothing is run. */
const queryCheckAction = "Nightcap/logs/read";

const questionActions: ReadonlySet<string> = new Set([
  previewAction,
  alertPreviewAction,
  queryCheckAction,
]);

/** What changes nothing, and is not audited but when it is refused. */
const isQuestion = ({ method }: Request, action: string): boolean =>
  method === "GET" || questionActions.has(action);

const verbs: Readonly<Record<string, string>> = { GET: "read", HEAD: "read", DELETE: "delete" };

/** `GET /nightcap/incidents` is `Nightcap/incidents/read`, as a role definition would have it. */
export function actionsOf(request: Request): string[] {
  const [, , ...path] = requestUrl(request).pathname.split("/");
  const [first = "", , below] = path.filter((part) => !/^v\d+$/.test(part));
  // What is in a host is of its own kind: who may remove hosts is not asked for blocks.
  const noun = first === "hosts" && below !== undefined ? below : first;
  if (noun === "capture-previews") return [previewAction];
  if (noun === "alert-previews") return [alertPreviewAction];
  if (noun === "logs") return [queryCheckAction];
  const verb = verbs[request.method] ?? "write";
  const action = `Nightcap/${noun.slice(0, 80)}/${verb}`;
  if (noun.toLowerCase() === "holds" && verb !== "read") return [action, `${lockAction}/${verb}`];
  const letsIn = identityNouns.has(noun.toLowerCase()) && verb !== "read";
  return letsIn ? [action, giveRolesAction] : [action];
}
