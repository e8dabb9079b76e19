import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { DrillMessage } from "../../common/drill-message.ts";
import { NightcapError } from "../../common/errors.ts";
import { secretFileMode } from "../../common/files.ts";
import { Lifecycle } from "../../common/lifecycle.ts";
import { findMachine, getCapture, type PacketCapture } from "../capture-resources.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import {
  createDrillRule,
  createJoinToken,
  findAnswered,
  findIncident,
  type Incident,
  removeHost,
  type ToldIncident,
  waitFor,
} from "./incident.ts";
import { drillText } from "./drill-text.ts";
import { internetAddress, openDrillNetwork } from "./network.ts";
import { startDrillAgent, startTraffic } from "./processes.ts";

const thresholdBytes = 500_000;
const alertTimeoutMilliseconds = 30_000;
const captureTimeoutMilliseconds = 60_000;
const pollIntervalMilliseconds = 100;
/** Before the burst: more than the rule's window, so that there is a before to compare with. */
const calmMilliseconds = 5_000;

interface DrillOptions {
  state: string;
  json?: boolean;
}

/** What a drill showed, for `--json`. Times are milliseconds since the burst began. */
interface DrillResult {
  host: string;
  captureName: string;
  incidentId: string;
  /** What changed, and why; null when the packets do not say. */
  answer: string | null;
  steps: { step: string; milliseconds: number }[];
  report: string | null;
  packets: number | null;
}

/** `nightcap drill`: a rehearsed incident that exercises the whole loop on real packets. */
export function addDrillCommand(program: Command): void {
  program
    .command("drill")
    .description("rehearse an incident: burst, alert, capture, report, on real packets")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON at the end instead of each step")
    .action(async (options: DrillOptions) => {
      const abort = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const)
        process.once(signal, () => abort.abort());
      // Whoever started it over a channel is gone: what it made goes too.
      process.once("disconnect", () => abort.abort());
      const say = options.json
        ? () => {}
        : (text: string) => void process.stdout.write(`${text}\n`);
      const result = await runDrill(options.state, say, abort.signal);
      if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    });
}

async function runDrill(
  state: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<DrillResult> {
  if (process.getuid?.() !== 0) {
    throw new NightcapError(
      "DrillFailed",
      "the drill makes network namespaces and needs root; run it with sudo",
    );
  }
  const client = await openControlPlaneClient(await readCredentials(state));
  const life = new Lifecycle();
  const steps: DrillResult["steps"] = [];
  try {
    say("Drill: a virtual machine sends out more than it should");
    const network = life.add(await openDrillNetwork());
    const host = network.vm;
    await joinHost(client, life, host);
    const machine = await waitFor(
      "the drill's host joining",
      () => findMachine(client, host).catch(() => null),
      {
        timeoutMilliseconds: alertTimeoutMilliseconds,
        intervalMilliseconds: pollIntervalMilliseconds,
        signal,
      },
    );
    say(`  host ${host} has joined, watched through its own network namespace`);
    tell({ kind: "step", text: `host ${host} has joined`, milliseconds: null });
    const rule = await createDrillRule(client, {
      name: `network-out-${process.pid}`,
      machineId: machine.id,
      thresholdBytes,
    });
    life.add(rule);
    say(
      `  rule: Network Out Total, Average, GreaterThan ${thresholdBytes.toLocaleString("en")} bytes/s over 3 s, every 1 s`,
    );
    life.add(startTraffic(network.internet, "server", internetAddress));
    life.add(startTraffic(network.vm, "calm", internetAddress));
    say(`  ${calmMilliseconds / 1_000} s of a quiet day, which the host's flight recorder keeps`);
    await sleep(calmMilliseconds, undefined, { signal });
    const startedAt = Date.now();
    const step = (text: string): void => {
      const milliseconds = Date.now() - startedAt;
      tell({ kind: "step", text, milliseconds });
      steps.push({ step: text, milliseconds });
      say(`  ${`+${(milliseconds / 1_000).toFixed(1)} s`.padStart(8)}  ${text}`);
    };
    const burst = startTraffic(network.vm, "burst", internetAddress);
    life.add(burst);
    step(`burst of uploads to ${internetAddress} begins`);
    const { captureName, incidentId } = await followIncident(client, rule.ruleId, step, signal);
    tell({ kind: "incident", incidentId });
    const capture = await waitForReport(client, captureName, step, signal);
    await burst.close();
    const incident = await waitForAnswer(client, incidentId, step, signal);
    const { report = null, packets = null } = capture.properties.nightcap ?? {};
    if (report) say(drillText({ report, incident, incidentId, captureName, state }));
    const path = report ? (report.path ?? report.link) : null;
    const answer = incident.answer?.sentence ?? null;
    return { host, captureName, incidentId, answer, steps, report: path, packets };
  } finally {
    say("  cleaning up: namespaces, host and rule go, the capture and its report stay");
    await life.close();
  }
}

/** For the process that started this one, where one listens. */
const tell = (message: DrillMessage): void => void process.send?.(message);

/** An agent for the drill's namespace, with a folder of its own that goes with it. */
async function joinHost(client: ControlPlaneClient, life: Lifecycle, host: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-drill-"));
  life.add({ close: () => rm(directory, { recursive: true, force: true }) });
  await mkdir(join(directory, "agent"));
  const joinFile = join(directory, "join-token");
  await writeFile(joinFile, await createJoinToken(client), { mode: secretFileMode });
  life.add({ close: () => removeHost(client, host) });
  const agent = {
    directory: join(directory, "agent"),
    joinFile,
    name: host,
    networkNamespace: host,
  };
  life.add(await startDrillAgent(agent));
}

/** Tells each step of the way from metric to running capture; the capture's name and the incident's id. */
async function followIncident(
  client: ControlPlaneClient,
  ruleId: string,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<{ captureName: string; incidentId: string }> {
  const wait = { intervalMilliseconds: pollIntervalMilliseconds, signal };
  const ask = (ready: (incident: Incident) => boolean) => async (): Promise<Incident | null> => {
    const found = await findIncident(client, ruleId);
    return found && ready(found) ? found : null;
  };
  const limit = { ...wait, timeoutMilliseconds: alertTimeoutMilliseconds };
  const fired = await waitFor(
    "the alert firing",
    ask(() => true),
    limit,
  );
  const value =
    fired.metricValue === null
      ? ""
      : `: ${Math.round(fired.metricValue).toLocaleString("en")} bytes/s`;
  step(`alert fired${value}`);
  await waitFor(
    "the function being called",
    ask(({ job }) => job !== null),
    limit,
  );
  step("function called with the alert (legacy schema)");
  const isCreated = ({ job }: Incident): boolean => job?.captureName != null;
  const created = await waitFor("the packet capture being created", ask(isCreated), limit);
  const captureName = created.job?.captureName ?? "";
  const incidentId = created.job?.incidentId ?? "";
  step(`packet capture ${captureName} created, for incident ${incidentId}`);
  return { captureName, incidentId };
}

/** People are told a moment after the report is there. */
async function waitForAnswer(
  client: ControlPlaneClient,
  incidentId: string,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<ToldIncident> {
  const incident = await waitFor("the incident's answer", () => findAnswered(client, incidentId), {
    timeoutMilliseconds: alertTimeoutMilliseconds,
    intervalMilliseconds: pollIntervalMilliseconds,
    signal,
  });
  step("incident answered, notification targets told");
  return incident;
}

async function waitForReport(
  client: ControlPlaneClient,
  captureName: string,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<PacketCapture> {
  let phase = "";
  const capture = await waitFor(
    "the report",
    async () => {
      const found = await getCapture(client, captureName);
      const { nightcap } = found.properties;
      const now = nightcap?.phase ?? "";
      if (now !== phase && phaseTexts[now]) step(phaseTexts[now]);
      phase = now;
      if (nightcap?.problem) throw new NightcapError("DrillFailed", nightcap.problem);
      return nightcap?.report ? found : null;
    },
    {
      timeoutMilliseconds: captureTimeoutMilliseconds,
      intervalMilliseconds: pollIntervalMilliseconds,
      signal,
    },
  );
  const { packets, packetsDropped } = capture.properties.nightcap ?? {};
  step(`stored, hash checked, inspected: ${packets} packets, ${packetsDropped} dropped`);
  return capture;
}

const phaseTexts: Record<string, string> = {
  recording: "dumpcap records",
  finishing: "recording has ended; the file is trimmed to its exact limits",
  uploading: "the file is uploaded in blocks",
  finished: "the file is in the store",
};
