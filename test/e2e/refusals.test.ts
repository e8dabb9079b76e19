// Wrong input, to a whole installation: each is refused, or ends, with words that name what was wrong;
// nothing else is lost.
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createCapture, getCapture, queryStatus } from "../../src/cli/capture-resources.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { type Installation, openInstallation } from "./installation.ts";

const waitOptions = { timeout: 20_000, interval: 50 };

const reason = skipReason();
describe.skipIf(reason !== null)(`wrong input${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: TestBed;
  let installation: Installation;
  beforeAll(async () => {
    bed = await openTestBed();
    installation = await openInstallation(bed, { captureSeconds: 1 });
  });
  afterAll(async () => {
    await installation?.close();
    await bed?.close();
  });

  const storage = () => {
    const { subscription, credentials } = installation.client;
    return `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Storage/storageAccounts/nightcapstore`;
  };
  const ask = (properties: Record<string, unknown>) =>
    createCapture(installation.client, "refused", {
      target: installation.machineId,
      storageLocation: { storageId: storage() },
      ...properties,
    });

  test.each([
    [
      "a port that is none",
      { filters: [{ remotePort: "80-99999" }] },
      "CaptureFilterInvalid",
      "99999",
    ],
    [
      "an address that is none",
      { filters: [{ remoteIPAddress: "1.2.3.999" }] },
      "CaptureFilterInvalid",
      "1.2.3.999",
    ],
    [
      "a list mixed with a range",
      { filters: [{ localPort: "80;90-95" }] },
      "CaptureFilterInvalid",
      "90-95",
    ],
    [
      "a protocol that is not Azure's",
      { filters: [{ protocol: "ICMP" }] },
      "InvalidRequestContent",
      "ICMP",
    ],
    [
      "more seconds than Azure has",
      { timeLimitInSeconds: 18_001 },
      "InvalidRequestContent",
      "18001",
    ],
    [
      "more bytes than Azure has",
      { totalBytesPerSession: 4_294_967_296 },
      "InvalidRequestContent",
      "4294967296",
    ],
    [
      "a path elsewhere",
      { storageLocation: { filePath: "/etc/x.cap" } },
      "InvalidRequestContent",
      "/etc/x.cap",
    ],
    [
      "a machine as a scale set",
      { targetType: "AzureVMSS" },
      "InvalidParameter",
      "virtualMachineScaleSets",
    ],
  ])("refuses %s, names it, and leaves nothing behind", async (_what, properties, code, value) => {
    const failure = await ask(properties).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 400, code });
    expect(String(failure)).toContain(value);
    expect(await installation.client.find(capturePath("refused"))).toBeNull();
  });

  test("refuses a machine that is not there, by its name", async () => {
    const target = installation.machineId.replace(/vm$/, "nobody");
    await expect(ask({ target })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("nobody"),
    });
  });

  test("a path that cannot be written ends the capture in an error that names it, at once", async () => {
    // The agent of this test may only leave files below its own folder, not in /var/captures.
    const filePath = "/var/captures/not-allowed-here.cap";
    await createCapture(installation.client, "unwritable", {
      target: installation.machineId,
      timeLimitInSeconds: 1,
      storageLocation: { filePath },
    });
    await vi.waitFor(async () => {
      const status = await queryStatus(installation.client, "unwritable");
      expect(status.packetCaptureStatus).toBe("Error");
    }, waitOptions);
    const { nightcap } = (await getCapture(installation.client, "unwritable")).properties;
    expect(JSON.stringify(nightcap?.errors)).toContain(filePath);
  });

  test("an interface that disappears ends the capture with what was recorded, and says which", async () => {
    await createCapture(installation.client, "vanishing", {
      target: installation.machineId,
      timeLimitInSeconds: 30,
      storageLocation: { storageId: storage() },
    });
    await vi.waitFor(async () => {
      const status = await queryStatus(installation.client, "vanishing");
      expect(status.packetCaptureStatus).toBe("Running");
    }, waitOptions);
    const [target = ""] = bed.addresses("internet").ipv4;
    const send = `const s=require("node:dgram").createSocket("udp4");s.send("one",9,process.argv[1],()=>s.close())`;
    await bed.exec("vm", process.execPath, ["-e", send, target]);
    await bed.exec("router", "sleep", ["0.4"]);
    await bed.exec("router", "ip", ["link", "delete", "to-vm"]);
    await vi.waitFor(async () => {
      const { nightcap } = (await getCapture(installation.client, "vanishing")).properties;
      expect(nightcap).toMatchObject({ phase: "finished", sha256Verified: true });
    }, waitOptions);
    const { nightcap } = (await getCapture(installation.client, "vanishing")).properties;
    const status = await queryStatus(installation.client, "vanishing");
    expect(status.stopReason).toBe("InterfaceGone");
    expect(JSON.stringify(nightcap?.errors)).toContain("eth0");
    expect(nightcap?.packets).toBeGreaterThan(0);
  });

  test.each([
    ["no key", "{}", {}, 401, "AuthenticationFailed"],
    ["a wrong key", "{}", { "x-functions-key": "wrong" }, 401, "AuthenticationFailed"],
    ["an alert that is no JSON", "{", { key: true }, 400, "AlertUnreadable"],
    [
      "an alert of a schema that nobody has",
      '{"schemaId":"mine"}',
      { key: true },
      400,
      "AlertUnreadable",
    ],
  ])(
    "the responder answers %s with its status and code",
    async (_what, body, options, status, code) => {
      const answer = await post(body, options);
      expect(answer.status).toBe(status);
      expect(answer.text).toContain(code);
    },
  );

  const capturePath = (name: string) =>
    `${installation.client.subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_local/packetCaptures/${name}`;

  function post(body: string, options: object): Promise<{ status: number; text: string }> {
    const { client } = installation;
    const { responderUrl, responderKey } = client.credentials;
    const headers =
      "key" in options ? { "x-functions-key": responderKey } : (options as Record<string, string>);
    return new Promise((resolve, reject) => {
      const call = httpsRequest(responderUrl, {
        method: "POST",
        ca: client.certificateAuthorityPem,
        headers,
      });
      call.on("error", reject);
      call.on("response", (answer) => {
        answer.setEncoding("utf8");
        let text = "";
        answer.on("data", (chunk: string) => (text += chunk));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      call.end(body);
    });
  }

  test("a second control plane on the same folder is refused, with the process that has it", async () => {
    const { run } = await import("../../src/common/run.ts");
    const state = join(installation.directory, "server");
    const result = await run(process.execPath, [
      "src/main.ts",
      "server",
      "--state",
      state,
      "--port",
      "0",
    ]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/in use by process \d+/);
  });
});
