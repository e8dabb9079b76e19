// The project's own control plane behind a wire that the test can listen to, cut and disturb.
import { createServer, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/common/clock.ts";
import { openCertificateAuthority } from "../../src/pki/certificate-authority.ts";
import { createAzureCaptureClient } from "../../src/responder/azure-clients.ts";
import { customCloud } from "../../src/responder/clouds.ts";
import type { Notification } from "../../src/responder/job.ts";
import { notificationIdHeader } from "../../src/responder/notifiers.ts";
import {
  finished,
  makeDirectory,
  observation,
  removeDirectory,
  startControlPlane,
  tenantId,
} from "../provider/control-plane.ts";

export interface Call {
  /** `GET virtualMachines`, `PUT packetCaptures`, `POST token`, `POST webhook`, ... */
  name: string;
  path: string;
  body: string;
}

/** A status, or status and headers, instead of passing a call on: the server's own failure. */
type Refusal = number | RefusedAnswer | undefined | void;
interface RefusedAnswer {
  status: number;
  headers: Record<string, string>;
}

/** What happens around a call. */
export interface Hooks {
  before?(call: Call): Promise<Refusal> | Refusal;
  after?(call: Call): Promise<number | undefined | void> | number | undefined | void;
}

export interface Received {
  id: string;
  notification: Notification;
}

const reconcileIntervalMilliseconds = 25;

/** Starts control plane, a host that records at once, the wire and a webhook receiver. */
export async function startArmBed() {
  const directory = await makeDirectory();
  const plane = await startControlPlane({ directory });
  const client = await plane.identity.createClient("responder");
  const authority = await openCertificateAuthority({ directory, clock: systemClock });
  const certificate = await authority.issueServer(["127.0.0.1", "localhost"]);
  const hooks: Hooks = {};
  const calls: Call[] = [];
  const received: Received[] = [];
  const running = new Set<string>();
  const bed = {
    captureMilliseconds: 30,
    webhookStatus: 200,
    /** When hosts say that they began to record; some day unless told. */
    captureStartTime: null as string | null,
    /** Called with the sessions that record, whenever one begins. */
    onRunning: (_sessionIds: ReadonlySet<string>): void => {},
  };
  const abort = new AbortController();
  const ended = (): boolean => abort.signal.aborted;
  const started = new Set<string>();

  plane.host.onCommand = (command, from) => {
    if (command.kind !== "startCapture" || started.has(command.spec.sessionId)) return;
    const { sessionId } = command.spec;
    started.add(sessionId);
    void record(sessionId, from);
  };
  const record = async (sessionId: string, from: string): Promise<void> => {
    running.add(sessionId);
    bed.onRunning(running);
    const { captureStartTime } = bed;
    const told = captureStartTime === null ? {} : { captureStartTime };
    await plane.reconciler.observe(from, observation(sessionId, told));
    while (bed.captureMilliseconds === Number.POSITIVE_INFINITY && !ended()) await sleep(20);
    await sleep(Math.min(bed.captureMilliseconds, 1_000));
    running.delete(sessionId);
    if (!ended()) await plane.reconciler.observe(from, finished(sessionId));
  };
  const reconciling = (async () => {
    for (; !ended(); await sleep(reconcileIntervalMilliseconds)) await plane.reconcile();
  })();

  const server = createServer(
    { key: certificate.keyPem, cert: certificate.certificatePem },
    (incoming, outgoing) => {
      void (async () => {
        const body = await buffer(incoming);
        const call = readCall(incoming, body.toString());
        calls.push(call);
        const refused = await hooks.before?.(call);
        const answer = refused
          ? { ...refusal(refused), body: Buffer.from("{}") }
          : call.name === "POST webhook"
            ? receive(incoming, body.toString())
            : await forward(plane, incoming, body);
        await hooks.after?.(call);
        outgoing.writeHead(answer.status, answer.headers);
        outgoing.end(answer.body);
      })().catch(() => outgoing.destroy());
    },
  );
  const receive = (incoming: IncomingMessage, body: string) => {
    const id = String(incoming.headers[notificationIdHeader]);
    received.push({ id, notification: JSON.parse(body) as Notification });
    return { status: bed.webhookStatus, headers: {}, body: Buffer.from("") };
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = {
    cloud: customCloud({ resourceManagerUrl: url, authorityHost: url }),
    tenantId,
    clientId: client.clientId,
    clientSecret: client.secret,
    caPem: plane.ca,
  };
  return Object.assign(bed, {
    directory,
    url,
    ca: plane.ca,
    plane,
    connection,
    hooks,
    calls,
    received,
    webhookUrl: `${url}/webhook?sig=hidden`,
    captures: createAzureCaptureClient(connection),
    /** Of the control plane behind the wire. */
    state: plane.state,
    /** Names of what ARM has now. */
    async captureNames(): Promise<string[]> {
      const all = await plane.state.resources.list({
        scope: "/subscriptions",
        type: "Microsoft.Network/networkWatchers/packetCaptures",
      });
      return all.map(({ id }) => id.split("/").at(-1) ?? "");
    },
    /** Captures ever made, whatever was removed since. */
    startedCount: () => started.size,
    async close() {
      abort.abort();
      await reconciling;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await plane.close();
      await removeDirectory(directory);
    },
  });
}

export type ArmBed = Awaited<ReturnType<typeof startArmBed>>;

const refusal = (refused: number | RefusedAnswer): RefusedAnswer =>
  typeof refused === "number" ? { status: refused, headers: {} } : refused;

function readCall({ method, url = "" }: IncomingMessage, body: string): Call {
  const path = url.split("?")[0] ?? "";
  const known = ["queryStatus", "packetCaptures", "networkWatchers", "virtualMachines", "webhook"];
  const noun = known.find((word) => path.toLowerCase().includes(word.toLowerCase()));
  const name = path.includes("/token") ? "token" : (noun ?? "other");
  return { name: `${method} ${name}`, path, body };
}

function forward(
  plane: { port: number; ca: string },
  incoming: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      {
        host: "127.0.0.1",
        port: plane.port,
        ca: plane.ca,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
        agent: false,
      },
      (answer) => {
        const headers = Object.fromEntries(
          Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name)),
        ) as Record<string, string>;
        buffer(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 0, headers, body: content }),
          reject,
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const hopByHop: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);
