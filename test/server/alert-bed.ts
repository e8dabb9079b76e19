// A control plane in this process, with a host that is known and with senders' secrets, for tests of alert senders.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { openCertificateAuthority } from "../../src/pki/certificate-authority.ts";
import { createCertificateRequest } from "../../src/pki/certificate-request.ts";
import { recordMachine } from "../../src/provider/compute/machines.ts";
import type { Job } from "../../src/responder/job.ts";
import { startControlPlane } from "../../src/server/control-plane.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { openState } from "../../src/state/state.ts";
import { freePort } from "../e2e/free-port.ts";

export const bearerToken = "a-token-of-the-alert-manager";
export const signingSecret = "a-secret-that-senders-sign-with";
export const hostName = "web-1";
export const hostAddress = "192.0.2.4";

export type AlertBed = Awaited<ReturnType<typeof openAlertBed>>;

/** `alertSources` is joined with what opens each door; `certificate` listens on a port of its own. */
export async function openAlertBed(alertSources: Record<string, unknown>) {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-alerts-"));
  const path = (name: string) => join(directory, name);
  const [port, certificatePort] = [await freePort(), await freePort()];
  await mkdir(path("senders"));
  const senders = await openCertificateAuthority({
    directory: path("senders"),
    clock: systemClock,
  });
  const client = await createCertificateRequest("whatever it asks for");
  await writeFile(path("client.pem"), await senders.issueClient(client.requestPem, "sender"));
  await writeFile(path("client-key.pem"), client.keyPem);
  await writeFile(path("token"), `${bearerToken}\n`);
  await writeFile(path("secret"), `${signingSecret}\n`);
  const settings = serverSettings.parse({
    directory: path("state"),
    port,
    flows: {},
    alertSources: {
      bearerTokenFiles: [path("token")],
      signatures: [{ form: "sha256", secretFile: path("secret") }],
      certificate: {
        authorityFile: join(directory, "senders", "ca.pem"),
        port: certificatePort,
        names: ["sender"],
      },
      ...alertSources,
    },
  });
  const plane = await startControlPlane({ settings, clock: systemClock, log: silentLog });
  const installation = JSON.parse(await readFile(path("state/installation.json"), "utf8")) as {
    subscriptionId: string;
    responderKey: string;
  };
  const state = await openState({ kind: "sqlite", path: path("state/nightcap.db") });
  const machineId = await recordHost(state, installation.subscriptionId);
  const ca = await readFile(path("state/pki/ca.pem"), "utf8");
  return {
    directory,
    path,
    ca,
    state,
    machineId,
    functionKey: installation.responderKey,
    url: `https://127.0.0.1:${port}`,
    certificateUrl: `https://127.0.0.1:${certificatePort}`,
    jobs: async () => (await state.documents<Job>("responderJobs").list()).map(({ body }) => body),
    call: (url: string, options: Parameters<typeof call>[1]) => call(url, { ca, ...options }),
    /** The control plane's counters whose name begins so. */
    async counters(name: string): Promise<string[]> {
      const { text } = await call(`https://127.0.0.1:${port}/metrics`, { ca });
      return text.split("\n").filter((line) => line.startsWith(name));
    },
    async close() {
      await state.close();
      await plane.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function recordHost(
  state: Awaited<ReturnType<typeof openState>>,
  subscriptionId: string,
): Promise<string> {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
  const resourceId = `${group}/providers/Microsoft.Compute/virtualMachines/${hostName}`;
  const addresses = [{ address: hostAddress, prefixLength: 24 }];
  const eth0 = { name: "eth0", index: 2, macAddress: "02:00:00:00:00:01", up: true, addresses };
  await recordMachine(state, {
    resourceId,
    hostId: "0b1c2d3e-0000-4000-8000-00000000000c",
    heardAt: 0,
    location: "local",
    facts: {
      hostName,
      operatingSystem: "Debian GNU/Linux 12",
      kernelRelease: "6.1.0",
      cpuCount: 2,
      memoryBytes: 1 << 30,
      networkNamespace: null,
      dumpcapVersion: null,
      interfaces: [eth0],
    },
  });
  return resourceId;
}

function call(
  url: string,
  options: {
    ca?: string;
    key?: string;
    cert?: string;
    headers?: Record<string, string>;
    /** A body makes it a POST. */
    body?: string;
  },
): Promise<{ status: number; text: string }> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const outgoing = httpsRequest(url, { ...rest, method, agent: false }, (answer) => {
      buffer(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 0, text: bytes.toString() }),
        reject,
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
