// A storm of alerts by real HTTP calls on a responder, with a control plane and hosts that record; and what must hold of it.
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import type { Gate, GateEntry } from "../../src/incident/gate.ts";
import { accountOf, type AlertRole } from "../../src/incident/incident.ts";
import { type IncidentSettings, incidentSettings } from "../../src/incident/settings.ts";
import { runningCaptures } from "../../src/server/incidents.ts";
import { recordHost } from "../provider/control-plane.ts";
import { legacyAlert } from "../responder/alerts.ts";
import { startArmBed } from "../responder/arm-bed.ts";
import { functionKey, openResponder, testSettings } from "../responder/open-responder.ts";

export interface StormShape {
  alertCount: number;
  ruleCount: number;
  hostCount: number;
  /** How often each alert is delivered. */
  deliveryCount: number;
  /** Over which the calls are spread; 0: as fast as they go. */
  seconds: number;
  settings: Partial<IncidentSettings>;
}

/** Rules whose filters and severities differ: recordings that no other class can share. */
const classCount = 4;
const callsAtOnceMax = 32;
const settleMilliseconds = 120_000;

export interface StormResult {
  alertCount: number;
  callCount: number;
  /** Captures that ARM was asked for. */
  recordingCount: number;
  account: Record<AlertRole, number>;
  incidentCount: number;
  /** What passed a limit, or got a place before a more important one that could have had it. */
  violations: string[];
  runningMax: number;
  /** Milliseconds of each call until 202, ascending. */
  acceptMilliseconds: number[];
  sendMilliseconds: number;
  /** From the last call until every alert was answered. */
  settleMilliseconds: number;
  /** For each severity, when its recordings began: mean place in the order of all. */
  meanOrder: number[];
  notificationCount: number;
}

const storm = ({ alertCount, ruleCount, hostCount }: StormShape, hosts: readonly string[]) =>
  Array.from({ length: alertCount }, (_, index) => {
    const rule = Math.floor(index / hostCount) % ruleCount;
    const round = Math.floor(index / (hostCount * ruleCount));
    const name = `rule-${String(rule).padStart(2, "0")}`;
    const time = new Date(Date.UTC(2026, 10, 21, 4, round)).toISOString();
    const alert = legacyAlert({ rule: name, time, target: hosts[index % hostCount] ?? "" });
    const { context } = alert.data;
    const [criterion] = context.condition.allOf;
    const severity = rule % classCount;
    const dimensions = [{ name: "SrcIp", value: `192.0.2.${severity + 1}` }];
    const condition = { ...context.condition, allOf: [{ ...criterion, dimensions }] };
    const data = { ...alert.data, context: { ...context, severity: `${severity}`, condition } };
    return JSON.stringify({ ...alert, data });
  });

/** Sends the storm while recordings run, lets them end, and waits until everything is answered. */
export async function runStorm(shape: StormShape): Promise<StormResult> {
  const bed = await startArmBed();
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  let running = 0;
  let runningMax = 0;
  bed.onRunning = ({ size }) => {
    running = size;
    runningMax = Math.max(runningMax, size);
  };
  const hosts: string[] = [];
  for (let index = 0; index < shape.hostCount; index++) {
    hosts.push((await recordHost(bed.plane.state, { name: `host-${index}` })).machineId);
  }
  const settings = incidentSettings.parse(shape.settings);
  const watched = watchGate(settings);
  const responder = await openResponder(bed, {
    runningCaptures: () => runningCaptures(bed.plane.state),
    storm: shape.settings,
    watchGate: (gate) => watched.look(gate),
    // Looking at a recording is a call over TLS: the measurement is not of those.
    settings: testSettings({ pollIntervalMilliseconds: 400 }),
  });
  const server = await serve(responder.handler);
  const loop = responder.start();
  try {
    const bodies = storm(shape, hosts);
    // Deliveries of one alert are apart from each other, as retries are.
    const calls = Array.from({ length: shape.deliveryCount }, () => bodies).flat();
    const startedAt = performance.now();
    const acceptMilliseconds = await sendAll(calls, { port: server.port, seconds: shape.seconds });
    const sentAt = performance.now();
    // Every alert finds the recordings of the others still going on, and each place is taken.
    await until(async () => {
      const jobs = await responder.listJobs();
      const gate = await responder.tables.gate.get("gate");
      const hasJoined = jobs.length === bodies.length && jobs.every(({ step }) => step !== "join");
      return hasJoined && running === gate?.body.running.length;
    });
    bed.captureMilliseconds = 30;
    await until(async () => {
      const jobs = await responder.listJobs();
      return jobs.length === bodies.length && jobs.every(({ step }) => step === "done");
    });
    const incidents = await responder.listIncidents();
    const account = { recording: 0, delayed: 0, merged: 0, refused: 0 };
    for (const incident of incidents) {
      for (const [role, count] of Object.entries(accountOf(incident))) {
        account[role as AlertRole] += count;
      }
    }
    return {
      alertCount: bodies.length,
      callCount: calls.length,
      recordingCount: bed.calls.filter(({ name }) => name === "PUT packetCaptures").length,
      account,
      incidentCount: incidents.length,
      violations: watched.violations,
      runningMax,
      acceptMilliseconds: acceptMilliseconds.toSorted((a, b) => a - b),
      sendMilliseconds: sentAt - startedAt,
      settleMilliseconds: performance.now() - sentAt,
      meanOrder: meanOrder(watched.order),
      notificationCount: new Set(bed.received.map(({ id }) => id)).size,
    };
  } finally {
    await loop.close();
    await server.close();
    await responder.close();
    await bed.close();
  }
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + settleMilliseconds;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error("the storm is not answered in time");
    await sleep(100);
  }
}

/** Looks at each state of the gate that is written: a second judge, which shares no code with the gate. */
function watchGate(settings: IncidentSettings) {
  const violations: string[] = [];
  const order: number[] = [];
  let known = new Set<string>();
  const counts = (list: readonly GateEntry[], part: "host" | "rule", value: string): number =>
    list.filter((each) => each[part] === value).length;
  const { recordingCountMax, hostRecordingCountMax, ruleRecordingCountMax } = settings;
  return {
    violations,
    order,
    look({ running, waiting }: Gate): void {
      if (running.length > recordingCountMax) violations.push(`${running.length} in all`);
      for (const { host, rule } of running) {
        if (counts(running, "host", host) > hostRecordingCountMax) violations.push(host);
        if (counts(running, "rule", rule) > ruleRecordingCountMax) violations.push(rule);
      }
      const begun = running.filter(({ recordingId }) => !known.has(recordingId));
      for (const each of begun) {
        order.push(each.severity);
        const passed = waiting.find(
          ({ severity, host, rule }) =>
            severity < each.severity &&
            counts(running, "host", host) < hostRecordingCountMax &&
            counts(running, "rule", rule) < ruleRecordingCountMax,
        );
        if (passed) violations.push(`severity ${each.severity} before ${passed.severity}`);
      }
      known = new Set(running.map(({ recordingId }) => recordingId));
    },
  };
}

function meanOrder(order: readonly number[]): number[] {
  return Array.from({ length: classCount }, (_, severity) => {
    const places = order.flatMap((each, index) => (each === severity ? [index + 1] : []));
    return places.reduce((sum, place) => sum + place, 0) / Math.max(1, places.length);
  });
}

async function serve(handler: (request: Request) => Promise<Response>) {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const response = await handler(
        new Request(`http://127.0.0.1${incoming.url}`, {
          method: "POST",
          headers: incoming.headers as Record<string, string>,
          body: new Uint8Array(await buffer(incoming)),
        }),
      );
      outgoing.writeHead(response.status).end(await response.text());
    })().catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function sendAll(
  bodies: readonly string[],
  { port, seconds }: { port: number; seconds: number },
): Promise<number[]> {
  const durations: number[] = [];
  const startedAt = performance.now();
  let next = 0;
  const send = async (): Promise<void> => {
    for (let index = next++; index < bodies.length; index = next++) {
      const dueAt = startedAt + (index / bodies.length) * seconds * 1_000;
      await sleep(Math.max(0, dueAt - performance.now()));
      const begunAt = performance.now();
      const status = await post(port, bodies[index] ?? "");
      if (status !== 202) throw new Error(`the responder answered ${status}`);
      durations.push(performance.now() - begunAt);
    }
  };
  await Promise.all(Array.from({ length: callsAtOnceMax }, send));
  return durations;
}

function post(port: number, body: string): Promise<number> {
  const headers = { "x-functions-key": functionKey, "content-length": Buffer.byteLength(body) };
  const options = { host: "127.0.0.1", port, path: "/api/responder", method: "POST", headers };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(options, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
