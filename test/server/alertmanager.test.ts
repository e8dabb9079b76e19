// A real Alertmanager (Debian's prometheus-alertmanager) sends to the doors of a real control plane, on the loopback;
// before it a real Prometheus, whose rule fires.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isProgramThere } from "../bed/availability.ts";
import { freePort } from "../e2e/free-port.ts";
import { type AlertBed, bearerToken, hostAddress, openAlertBed } from "./alert-bed.ts";

const program = "prometheus-alertmanager";
const waitOptions = { timeout: 20_000, interval: 25 };

describe.skipIf(!isProgramThere(program) || !isProgramThere("prometheus"))("Alertmanager", () => {
  let bed: AlertBed;
  let child: ChildProcess;
  let prometheus: ChildProcess | undefined;
  let address: string;
  let api: string;
  let said = "";

  beforeAll(async () => {
    bed = await openAlertBed({ doors: { alertmanager: ["bearer", "certificate"] } });
    address = `127.0.0.1:${await freePort()}`;
    api = `http://${address}/api/v2`;
    await writeFile(bed.path("alertmanager.yml"), JSON.stringify(configuration(bed)));
    await writeFile(bed.path("ca.pem"), bed.ca);
    child = spawn(
      program,
      [
        `--config.file=${bed.path("alertmanager.yml")}`,
        `--storage.path=${bed.path("alertmanager")}`,
        `--web.listen-address=${address}`,
        "--cluster.listen-address=",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await vi.waitFor(
      async () => expect((await fetch(`${api}/status`)).status).toBe(200),
      waitOptions,
    );
  });

  afterAll(async () => {
    for (const each of [prometheus, child]) {
      if (!each) continue;
      const ended = once(each, "exit");
      each.kill("SIGKILL");
      await ended;
    }
    await bed.close();
  });

  const startsAt = new Date(Date.now() - 5_000).toISOString();
  const alert = {
    labels: { alertname: "EgressHigh", instance: `${hostAddress}:9100`, severity: "critical" },
    annotations: { summary: "more than usual", timeLimitInSeconds: "7" },
    startsAt,
  };
  const post = async (alerts: object[]): Promise<void> => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${api}/alerts`, {
      method: "POST",
      headers,
      body: JSON.stringify(alerts),
    });
    expect(answer.status).toBe(200);
  };
  const counted = async (outcome: string): Promise<number> => {
    const lines = await bed.counters("nightcap_responder_alerts_total");
    const wanted = `{source="alertmanager",outcome="${outcome}"} `;
    return Number(
      lines
        .find((line) => line.includes(wanted))
        ?.split(" ")
        .at(-1) ?? 0,
    );
  };

  test("its alerts become one job, by token and by certificate, and their end is passed on", async () => {
    const stranger = { labels: { alertname: "EgressHigh", instance: "192.0.2.99:9100" }, startsAt };
    await post([alert, stranger]);
    await vi.waitFor(async () => {
      // Each receiver was sent the group: the second delivery is known already.
      expect([await counted("accepted"), await counted("unplaced")]).toEqual([2, 2]);
    }, waitOptions);
    expect((await bed.jobs()).map((job) => job.alert)).toMatchObject([
      {
        schema: "alertmanager",
        ruleName: "EgressHigh",
        severity: 0,
        description: "more than usual",
        timeLimitInSeconds: 7,
        firedTime: Date.parse(startsAt),
        resourceId: bed.machineId,
      },
    ]);
    await post([{ ...alert, endsAt: new Date().toISOString() }]);
    await vi.waitFor(async () => expect(await counted("ignored")).toBe(2), waitOptions);
    expect(await bed.counters("nightcap_responder_refusals_total")).toEqual([]);
    expect(said).not.toContain("level=error");
    expect(await bed.jobs()).toHaveLength(1);
  });

  test("a rule of Prometheus that fires becomes a job with its labels", async () => {
    await writeFile(bed.path("rules.yml"), JSON.stringify(prometheusRules));
    await writeFile(
      bed.path("prometheus.yml"),
      JSON.stringify(prometheusConfiguration(bed, address)),
    );
    const own = `127.0.0.1:${await freePort()}`;
    prometheus = spawn(
      "prometheus",
      [
        `--config.file=${bed.path("prometheus.yml")}`,
        `--storage.tsdb.path=${bed.path("prometheus")}`,
        `--web.listen-address=${own}`,
        "--rules.alert.resend-delay=1s", // it knows its Alertmanagers only after some seconds
      ],
      { stdio: ["ignore", "ignore", "ignore"] },
    );
    const jobOf = async () => {
      const jobs = await bed.jobs();
      return jobs.map((job) => job.alert).find(({ ruleName }) => ruleName === "ConnectionsMany");
    };
    await vi.waitFor(async () => expect(await jobOf()).toBeDefined(), waitOptions);
    expect(await jobOf()).toMatchObject({
      schema: "alertmanager",
      severity: 2,
      description: "more connections than usual: 1",
      resourceId: bed.machineId,
    });
  });

  test("nobody else's token, certificate or key opens, and each refusal is in the audit", async () => {
    const body = "{}";
    const path = "/api/responder/alertmanager";
    const wrong = { authorization: `Bearer ${bearerToken}x` };
    expect((await bed.call(bed.url + path, { body, headers: wrong })).status).toBe(401);
    const key = { "x-functions-key": bed.functionKey };
    expect((await bed.call(bed.url + path, { body, headers: key })).status).toBe(403);
    const cert = await readFile(bed.path("client.pem"), "utf8");
    const identity = { cert, key: await readFile(bed.path("client-key.pem"), "utf8") };
    // The right certificate at the port where certificates are agents'.
    expect((await bed.call(bed.url + path, { body, ...identity })).status).toBe(401);
    expect((await bed.call(bed.certificateUrl + path, { body })).status).toBe(401);
    expect((await bed.call(bed.certificateUrl + path, { body, ...identity })).status).toBe(400);
    expect((await bed.call(`${bed.certificateUrl}/subscriptions`, identity)).status).toBe(404);
    const refusals = await bed.state
      .documents<{ outcome: object; resourceId: string }>("auditRefusals")
      .list();
    expect(refusals.map(({ body: entry }) => entry)).toMatchObject([
      {
        action: "Nightcap/responder/write",
        resourceId: path,
        from: "127.0.0.1",
        outcome: { status: 401 },
      },
      { outcome: { status: 403, code: "AuthorizationFailed" } },
    ]);
  });
});

/** Two receivers for everything, one a door. */
const configuration = (bed: AlertBed) => ({
  route: {
    receiver: "by-token",
    group_by: ["alertname"],
    group_wait: "0s",
    group_interval: "500ms",
    repeat_interval: "1h",
    routes: [{ receiver: "by-token", continue: true }, { receiver: "by-certificate" }],
  },
  receivers: [
    {
      name: "by-token",
      webhook_configs: [
        {
          url: `${bed.url}/api/responder/alertmanager`,
          http_config: {
            authorization: { credentials_file: bed.path("token") },
            tls_config: { ca_file: bed.path("ca.pem") },
          },
        },
      ],
    },
    {
      name: "by-certificate",
      webhook_configs: [
        {
          url: `${bed.certificateUrl}/api/responder/alertmanager`,
          http_config: {
            tls_config: {
              ca_file: bed.path("ca.pem"),
              cert_file: bed.path("client.pem"),
              key_file: bed.path("client-key.pem"),
            },
          },
        },
      ],
    },
  ],
});

/** Fires as soon as it is evaluated; the annotation is filled in by Prometheus. */
const prometheusRules = {
  groups: [
    {
      name: "nightcap",
      interval: "1s",
      rules: [
        {
          alert: "ConnectionsMany",
          expr: "vector(1) > 0",
          labels: { instance: `${hostAddress}:9100`, severity: "warning" },
          annotations: { summary: "more connections than usual: {{ $value }}" },
        },
      ],
    },
  ],
};

const prometheusConfiguration = (bed: AlertBed, alertmanager: string) => ({
  global: { evaluation_interval: "1s" },
  rule_files: [bed.path("rules.yml")],
  alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
});
