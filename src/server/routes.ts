import { jsonResponse, type HttpHandler } from "../common/http.ts";
import type { ArmKernel } from "../provider/kernel/arm-kernel.ts";
import { type AgentAlerts, agentAlertsPath } from "./agent-alerts.ts";
import { type ConnectedDoor, isDoor } from "./alert-sources.ts";
import type { CaptureFiles } from "./capture-files.ts";
import type { Enrolment } from "./enrolment.ts";
import type { Connection, MountedHandler } from "./http-server.ts";
import type { Identity } from "./identity/identity.ts";
import { storageAccountName } from "./installation.ts";

/** Which part answers which path; ARM has all that no other part has. */
export function mountHandlers(parts: {
  identity: Identity;
  enrolment: Enrolment;
  captureFiles: CaptureFiles;
  agentAlerts: AgentAlerts;
  storage: HttpHandler;
  reports: HttpHandler;
  responder: ConnectedDoor;
  events: MountedHandler;
  nightcap: HttpHandler;
  logs: MountedHandler;
  web: MountedHandler;
  arm: ArmKernel;
}): MountedHandler[] {
  const below =
    (prefix: string, handler: HttpHandler): MountedHandler =>
    async (request) =>
      new URL(request.url).pathname.startsWith(prefix) ? handler(request) : null;
  const agents: MountedHandler = async (request, { incoming }) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(agentAlertsPath)) {
      return parts.agentAlerts(request, await parts.enrolment.identify(incoming));
    }
    if (pathname === "/agent/captureFiles" && request.method === "POST") {
      return parts.captureFiles(await parts.enrolment.identify(incoming))(request);
    }
    if (pathname !== "/agent/ca.pem" && pathname !== "/agent/enrol") return null;
    return parts.enrolment.handler(await parts.enrolment.identify(incoming))(request);
  };
  return [
    below(`/${storageAccountName}/`, sandboxed(parts.storage)),
    below("/reports/", parts.reports),
    async (request, connection) => (isDoor(request) ? parts.responder(request, connection) : null),
    parts.events,
    below("/nightcap/", parts.nightcap),
    agents,
    (request) => parts.identity.handle(request),
    parts.logs,
    parts.web,
    greeting,
    (request, peer) => parts.arm(request, peer),
  ];
}

/**
 * Whoever writes a blob says what type it is. What a browser makes of it must not act as a page of this
 * address, where people are signed in (Content Security Policy Level 3, 6.3.2).
 */
const sandboxed =
  (handler: HttpHandler): HttpHandler =>
  async (request) => {
    const answer = await handler(request);
    answer.headers.set("content-security-policy", "sandbox; default-src 'none'");
    answer.headers.set("x-content-type-options", "nosniff");
    return answer;
  };

/** What a program gets that asks the address itself; a browser is sent to the page. */
const greeting: MountedHandler = async (request) => {
  if (new URL(request.url).pathname !== "/") return null;
  return jsonResponse(200, {
    name: "Nightcap",
    endpoints: ["/subscriptions", "/metadata/endpoints", "/healthz", "/readyz", "/metrics"],
  });
};

/** Addresses of requests under way, for parts that are given only the request. */
export function createAddressBook(): {
  note: MountedHandler;
  addressOf(request: Request): string | null;
} {
  const addresses = new WeakMap<Request, Connection>();
  return {
    note: async (request, connection) => {
      addresses.set(request, connection);
      return null;
    },
    addressOf: (request) => addresses.get(request)?.remoteAddress ?? null,
  };
}

/** `https://host:port` as the client wrote it in its request. */
export const clientBaseUrl = (request: Request): string => new URL(request.url).origin;
