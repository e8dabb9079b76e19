// Where the two halves meet, on real packets: a flow from an address on a threat list is metered and classed, the built-in
// rule finds it, its action group calls the responder, and the capture on that machine records those addresses alone.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { getCapture } from "../../src/cli/capture-resources.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { download } from "./download.ts";
import { putFlowLog } from "./flow-log-setup.ts";
import { type Installation, openInstallation } from "./installation.ts";
import { tsharkFields } from "./tshark.ts";

const stepTimeout = { timeout: 40_000, interval: 100 };
/** Public, as an address for documentation is not; it is on the internet of the bed only. */
const listed = "185.220.101.1";
const vm = "192.0.2.10";
/** Asks again and again, so that there are packets whenever the capture begins. */
const talkScript = `
  const ask = () => require("node:http").get({ host: process.argv[1], port: 8080, localAddress: process.argv[2], agent: false },
    (answer) => answer.resume().on("end", () => setTimeout(ask, 100))).on("error", () => setTimeout(ask, 100));
  ask();
`;

interface AlertPayload {
  data: {
    essentials: Record<string, unknown>;
    alertContext: { condition: { allOf: { nightcapFlows: Record<string, unknown>[] }[] } };
  };
}

const reason = skipReason();
describe.skipIf(reason !== null)(`flow alerts${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: TestBed;
  let installation: Installation;
  let ruleId: string;

  beforeAll(async () => {
    bed = await openTestBed();
    installation = await openInstallation(bed, {
      captureSeconds: 3,
      serverSettings: { flows: { rowMilliseconds: 100 }, alerts: { logDelaySeconds: 1 } },
      flowSettings: { flushSeconds: 0.5, continueSeconds: 1 },
    });
    const list = join(installation.directory, "bad.txt");
    await writeFile(list, `${listed}\n`);
    await writeFile(
      join(installation.directory, "server", "traffic.json"),
      JSON.stringify({
        threatLists: [{ name: "bad", path: list, format: "plain", threatType: "Botnet" }],
      }),
    );
    await bed.startServer("node", "vm");
    await bed.exec("internet", "ip", ["address", "add", `${listed}/32`, "dev", "lo"]);
    await bed.exec("router", "ip", ["route", "add", `${listed}/32`, "via", "198.51.100.80"]);
    await putFlowLog(installation);
    ruleId = `${insights()}/scheduledQueryRules/nightcap-malicious-flow?api-version=2021-08-01`;
    await explained(findRule());
    await tellResponder();
  }, 60_000);

  afterAll(async () => {
    await installation?.close();
    await bed?.close();
  });

  const insights = (): string => {
    const { credentials, subscription } = installation.client;
    return `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Insights`;
  };
  const findRule = () => vi.waitFor(() => installation.client.request("GET", ruleId), stepTimeout);

  /** The rule's action group calls the responder, and a witness. */
  async function tellResponder(): Promise<void> {
    const { client, receiverUrl } = installation;
    const groupId = `${insights()}/actionGroups/flows`;
    await client.request("PUT", groupId, {
      location: "Global",
      properties: {
        groupShortName: "flows",
        enabled: true,
        webhookReceivers: [
          {
            name: "responder",
            serviceUri: `${client.credentials.responderUrl}?code=${client.credentials.responderKey}`,
            useCommonAlertSchema: true,
          },
          { name: "witness", serviceUri: `${receiverUrl}/alert`, useCommonAlertSchema: true },
        ],
      },
    });
    await client.request("PATCH", ruleId, { properties: { actions: { actionGroups: [groupId] } } });
  }

  const posted = (path: string) => installation.received.filter((post) => post.path === path);
  const bodyOf = (path: string): Record<string, unknown> => {
    const [first] = posted(path);
    if (!first) throw new Error(`nothing was posted to ${path}`);
    return first.body;
  };
  /** With what the processes said, when a step fails. */
  const explained = async (step: Promise<unknown>): Promise<void> => {
    await step.catch(async (cause: unknown) => {
      throw new Error(await installation.logs(), { cause });
    });
  };
  const talk = (host: "internet" | "client", from: string): void => {
    bed.spawn(host, process.execPath, ["-e", talkScript, vm, from], { stdio: "ignore" });
  };

  test("an allowed flow from a listed address becomes a capture of that address alone", async () => {
    talk("client", "192.0.2.20");
    talk("internet", "198.51.100.66");
    talk("internet", listed);
    await explained(vi.waitFor(() => expect(posted("/notification")).toHaveLength(1), stepTimeout));
    expect(posted("/alert")).toHaveLength(1);
    const { data } = bodyOf("/alert") as unknown as AlertPayload;
    expect(data.essentials).toMatchObject({
      alertRule: "nightcap-malicious-flow",
      monitoringService: "Log Alerts V2",
      monitorCondition: "Fired",
      alertTargetIDs: [installation.machineId.toLowerCase()],
    });
    const flow = {
      SrcIp: listed,
      DestIp: vm,
      DestPort: 8080,
      L4Protocol: "T",
      FlowDirection: "Inbound",
      FlowType: "MaliciousFlow",
      ThreatType: "Botnet",
      ThreatList: "bad",
      ThreatEntry: listed,
    };
    const { nightcapFlows } = data.alertContext.condition.allOf[0] ?? { nightcapFlows: [] };
    expect(nightcapFlows[0]).toMatchObject(flow);
    expect(nightcapFlows[0]?.["Reason"]).toContain("bad");

    const { capture } = bodyOf("/notification") as { capture: { name: string } };
    const made = await getCapture(installation.client, capture.name);
    const filter = {
      protocol: "TCP",
      localIPAddress: vm,
      remoteIPAddress: listed,
      localPort: "8080",
    };
    expect(await installation.client.request("GET", made.id)).toMatchObject({
      properties: { filters: [filter] },
    });
    const file = join(bed.directory, "malicious.cap");
    await download(installation, made, file);
    const packets = await tsharkFields(file, ["ip.src", "ip.dst", "tcp.port"]);
    const pairs = new Set(packets.map(([from = "", to = ""]) => [from, to].toSorted().join(" ")));
    expect([...pairs]).toEqual([`${listed} ${vm}`]);
  }, 120_000);
});
