import { randomUUID } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { isoTime } from "../common/clock.ts";
import { requestUrl } from "../common/http.ts";
import type { Lifecycle } from "../common/lifecycle.ts";
import type { Audit } from "../provider/kernel/audit.ts";
import type { Refusal } from "../responder/doors/door.ts";
import { createRefusalLimit } from "../responder/doors/refusal-limit.ts";
import { readSecretFile } from "../responder/doors/secrets.ts";
import { createSignatureDoor } from "../responder/doors/signature.ts";
import type { ResponderOptions } from "../responder/responder.ts";
import { readSmallFile } from "../responder/small-file.ts";
import { type UnplacedAlert, unplacedCountMax } from "../responder/unplaced-alerts.ts";
import type { State } from "../state/state.ts";
import type { ServerContext } from "./context.ts";
import { type Connection, type HttpServer, startHttpServer } from "./http-server.ts";
import { createKnownHosts } from "./known-hosts.ts";

const pathLengthMax = 2_048;

const unplacedAlerts = (state: State) => state.documents<UnplacedAlert>("unplacedAlerts");

/** What the responder needs to take alerts of every source, from the settings; secrets are read now. */
export function alertSourceOptions(
  context: ServerContext,
  audit: Audit,
): Pick<ResponderOptions, "door" | "hosts" | "hostLabels" | "unplaced" | "countAlert"> {
  const { settings, state, clock, metrics } = context;
  const { alertSources } = settings;
  const alerts = metrics.counter(
    "nightcap_responder_alerts_total",
    "Alerts that came in, by source and what became of them",
    ["source", "outcome"],
  );
  return {
    hosts: createKnownHosts({ state, aliases: alertSources.aliases, clock }),
    hostLabels: alertSources.hostLabels,
    unplaced: unplacedAlerts(state),
    countAlert: (labels) => alerts.add(1, labels),
    door: doorOptions(context, audit),
  };
}

function doorOptions(
  { settings, clock, metrics }: ServerContext,
  audit: Audit,
): NonNullable<ResponderOptions["door"]> {
  const { alertSources } = settings;
  const { certificate, doors } = alertSources;
  const refusals = metrics.counter(
    "nightcap_responder_refusals_total",
    "Calls of the responder that were not let in, by the code of the answer",
    ["code"],
  );
  const keys = alertSources.signatures.map((each) => ({
    ...each,
    secret: readSecretFile(each.secretFile),
  }));
  return {
    doors: Object.fromEntries(Object.entries(doors).filter(([, list]) => list !== undefined)),
    bearerTokens: alertSources.bearerTokenFiles.map(readSecretFile),
    ...(keys.length === 0 ? {} : { signatures: createSignatureDoor({ keys, clock }) }),
    ...(certificate && { isCertificateKnown: isNamed(certificate.names) }),
    limit: createRefusalLimit({ perMinuteMax: alertSources.refusalsPerMinuteMax, clock }),
    countRefusal: (code) => refusals.add(1, { code }),
    onRefused: (refusal) => recordRefusal(audit, refusal, clock.now()),
  };
}

const isNamed =
  (allowed: readonly string[]) =>
  (names: readonly string[]): boolean =>
    allowed.length === 0 || names.some((name) => allowed.includes(name));

async function recordRefusal(audit: Audit, refusal: Refusal, now: number): Promise<void> {
  const { request, peer, status, code } = refusal;
  await audit.record({
    who: null,
    action: "Nightcap/responder/write",
    method: request.method,
    resourceId: requestUrl(request).pathname.slice(0, pathLengthMax),
    when: isoTime(now),
    from: peer.address,
    outcome: { status, code },
    requestId: randomUUID(),
  });
}

/** The responder's own door with what the server knows of the connection. */
export type ConnectedDoor = (request: Request, connection: Connection) => Promise<Response>;

/**
 * The port that asks senders for a certificate, where one is set. It has an authority of its own: on the other port a
 * certificate says which host an agent is on, and nobody but this control plane's authority may issue such a one.
 */
export async function listenForCertificates(
  { settings, log }: ServerContext,
  options: { door: ConnectedDoor; tls: { key: string; cert: string } },
  life: Lifecycle,
): Promise<HttpServer | null> {
  const { certificate } = settings.alertSources;
  if (certificate === null) return null;
  const { key, cert } = options.tls;
  const server = await startHttpServer({
    host: settings.host,
    port: certificate.port,
    tls: { key, cert, ca: readSmallFile(certificate.authorityFile).toString("utf8") },
    handlers: [
      async (request, connection) => (isDoor(request) ? options.door(request, connection) : null),
    ],
    log,
  });
  log.info({ port: server.port }, "alert senders with certificates are heard");
  return life.add(server);
}

export const isDoor = (request: Request): boolean =>
  requestUrl(request).pathname.toLowerCase().startsWith("/api/responder");

/** The names in a certificate that the port's authority has issued; null for none, and for any other. */
export function certificateNames({ incoming }: Connection): string[] | null {
  const socket = incoming.socket as TLSSocket;
  const { subject, subjectaltname } = socket.authorized ? socket.getPeerCertificate() : {};
  if (subject === undefined) return null;
  const common: unknown = subject.CN;
  const alternative = (subjectaltname ?? "").split(", ").flatMap((part) => {
    const name = /^DNS:([^"\\]+)$/.exec(part)?.[1];
    return name === undefined ? [] : [name];
  });
  return [...(typeof common === "string" ? [common] : []), ...alternative];
}

/** `GET /nightcap/alertSources`: what could not be placed, newest first. */
export async function viewAlertSources(state: State) {
  const found = await unplacedAlerts(state).list({ limit: unplacedCountMax });
  const newest = found.map(({ body }) => body).toSorted((a, b) => b.receivedTime - a.receivedTime);
  return { unplaced: newest.map(viewUnplaced) };
}

const viewUnplaced = (alert: UnplacedAlert) => ({
  ...alert,
  firedTime: isoTime(alert.firedTime),
  receivedTime: isoTime(alert.receivedTime),
});
