// A whole installation for a test: control plane and agent as processes, the agent watching the test
// bed's `vm`, and a receiver of notifications. Everything is really there and can really be killed.
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { findMachine } from "../../src/cli/capture-resources.ts";
import {
  type ControlPlaneClient,
  openControlPlaneClient,
} from "../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { createJoinToken } from "../../src/cli/drill/incident.ts";
import { Lifecycle } from "../../src/common/lifecycle.ts";
import type { TestBed } from "../bed/bed.ts";
import type { HostName } from "../bed/names.ts";
import { freePort } from "./free-port.ts";
import { type RunningProcess, startNightcap } from "./processes.ts";

export const machineName = "vm";
const firstAgent = { name: machineName, host: "vm", state: "agent" } as const;

/** What a receiver was sent. */
export interface ReceivedPost {
  path: string;
  headers: Record<string, unknown>;
  body: Record<string, unknown>;
}

export interface Installation {
  readonly directory: string;
  readonly client: ControlPlaneClient;
  /** ARM id of the virtual machine that the agent is. */
  readonly machineId: string;
  /** Everything that was posted to the receiver, in order. */
  readonly received: readonly ReceivedPost[];
  /** Base URL of the receiver. */
  readonly receiverUrl: string;
  /** Process id of the agent that runs now. */
  agentPid(): number;
  /** Each is killed and started anew by a test; `restart...` resolves when it is ready again. */
  killServer(): Promise<void>;
  killAgent(): Promise<void>;
  restartServer(): Promise<void>;
  restartAgent(): Promise<void>;
  /** One more host of the bed with an agent. */
  addAgent(name: string, host: HostName): Promise<void>;
  /** Both logs, for a test that failed. */
  logs(): Promise<string>;
  close(): Promise<void>;
}

export async function openInstallation(
  bed: TestBed,
  options: {
    captureSeconds: number;
    /** Where the agent may leave files; a folder of the installation's own unless told. */
    fileRoot?: string;
    /** The scale set that the agents are in; none unless told. */
    scaleSet?: string;
    /** Captures that may be recorded at once; the server's own number unless told. */
    sessionCountMax?: number;
    /** More settings of the control plane, and those of the agents' flow meters. */
    serverSettings?: Record<string, unknown>;
    flowSettings?: Record<string, unknown>;
    /** Settings of the agents' flight recorders; they are off unless told. */
    flightRecorder?: Record<string, unknown>;
    /** Further options of `nightcap agent`. */
    agentArgs?: readonly string[];
  },
): Promise<Installation> {
  const life = new Lifecycle();
  const directory = await mkdtemp(join(tmpdir(), "nightcap-e2e-"));
  life.add({ close: () => rm(directory, { recursive: true, force: true }) });
  const receiver = await startReceiver();
  life.add(receiver);
  const settingsFile = join(directory, "settings.json");
  await writeFile(
    settingsFile,
    JSON.stringify({
      port: await freePort(),
      captureSeconds: options.captureSeconds,
      sessionCountMax: options.sessionCountMax,
      notificationUrls: [`${receiver.url}/notification`],
      ...options.serverSettings,
    }),
  );
  const flowSettingsFile = join(directory, "flow-settings.json");
  await writeFile(flowSettingsFile, JSON.stringify(options.flowSettings ?? {}));
  const recorderSettingsFile = join(directory, "flight-recorder.json");
  const recorderSettings = options.flightRecorder ?? { enabled: false };
  await writeFile(recorderSettingsFile, JSON.stringify(recorderSettings));
  const state = join(directory, "server");
  const startServer = (): Promise<RunningProcess> =>
    startNightcap(
      ["server", "--state", state, "--settings", settingsFile],
      join(directory, "server.log"),
    );
  const joinFile = join(directory, "join-token");
  const startAgent = (
    agent: { name: string; host: HostName; state: string } = firstAgent,
  ): Promise<RunningProcess> =>
    startNightcap(
      [
        "agent",
        "--state",
        join(directory, agent.state),
        "--name",
        agent.name,
        "--join-file",
        joinFile,
        "--netns",
        bed.netnsName(agent.host),
        "--flow-settings",
        flowSettingsFile,
        "--flight-recorder",
        recorderSettingsFile,
        "--file-root",
        options.fileRoot ?? join(directory, "captures"),
        ...(options.scaleSet === undefined ? [] : ["--scale-set", options.scaleSet]),
        ...(options.agentArgs ?? []),
      ],
      join(directory, `${agent.state}.log`),
    );
  let server = await startServer();
  life.add({ close: () => server.kill("SIGTERM") });
  const client = await openControlPlaneClient(await readCredentials(state));
  await writeFile(joinFile, await createJoinToken(client), { mode: 0o600 });
  let agent = await startAgent();
  life.add({ close: () => agent.kill("SIGTERM") });
  const machine = await findMachine(client, machineName);
  return {
    directory,
    client,
    machineId: machine.id,
    received: receiver.received,
    receiverUrl: receiver.url,
    agentPid: () => agent.pid,
    killServer: () => server.kill(),
    killAgent: () => agent.kill(),
    async restartServer() {
      server = await startServer();
    },
    async restartAgent() {
      agent = await startAgent();
    },
    async addAgent(name, host) {
      await writeFile(joinFile, await createJoinToken(client), { mode: 0o600 });
      const added = await startAgent({ name, host, state: `agent-${name}` });
      life.add({ close: () => added.kill("SIGTERM") });
      await findMachine(client, name);
    },
    async logs() {
      const files = ["server.log", "agent.log"].map((name) => join(directory, name));
      const texts = await Promise.all(files.map((path) => readFile(path, "utf8").catch(() => "")));
      return texts.join("\n");
    },
    close: () => life.close(),
  };
}

/** A metric alert of the kind that the documents have, but over seconds; with its action group. */
export async function putRule(
  { client, machineId, receiverUrl }: Installation,
  options: { name: string; thresholdBytes: number; metricName?: string },
): Promise<{ ruleId: string; remove(): Promise<void> }> {
  const { credentials, subscription } = client;
  const insights = `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Insights`;
  const groupId = `${insights}/actionGroups/${options.name}`;
  const ruleId = `${insights}/metricAlerts/${options.name}`;
  await client.request("PUT", groupId, {
    location: "Global",
    properties: {
      groupShortName: "e2e",
      enabled: true,
      azureFunctionReceivers: [
        {
          name: "responder",
          functionAppResourceId: `${subscription}/resourceGroups/x/providers/Microsoft.Web/sites/x`,
          functionName: "responder",
          httpTriggerUrl: `${credentials.responderUrl}?code=${credentials.responderKey}`,
          useCommonAlertSchema: false,
        },
      ],
      webhookReceivers: [
        { name: "witness", serviceUri: `${receiverUrl}/alert`, useCommonAlertSchema: false },
      ],
    },
  });
  await client.request("PUT", ruleId, {
    location: "global",
    properties: {
      severity: 3,
      enabled: true,
      scopes: [machineId],
      evaluationFrequency: "PT1S",
      windowSize: "PT2S",
      criteria: {
        "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [
          {
            criterionType: "StaticThresholdCriterion",
            name: "out",
            metricName: options.metricName ?? "Network Out Total",
            timeAggregation: "Average",
            dimensions: [],
            operator: "GreaterThan",
            threshold: options.thresholdBytes,
          },
        ],
      },
      actions: [{ actionGroupId: groupId }],
    },
  });
  const remove = async (): Promise<void> => {
    await client.request("DELETE", ruleId);
    await client.request("DELETE", groupId);
  };
  return { ruleId, remove };
}

async function startReceiver() {
  const received: ReceivedPost[] = [];
  const server: Server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const body = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
      received.push({ path: request.url ?? "", headers: request.headers, body });
      return response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    received,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
