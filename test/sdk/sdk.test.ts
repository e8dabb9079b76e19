// Azure's own JavaScript clients against a whole installation; the checks run in a child process.
import { type ChildProcess, fork } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { type Installation, openInstallation } from "../e2e/installation.ts";
import type { Verdict } from "./check.ts";
import { checks } from "./checks.ts";
import type { Target } from "./clients.ts";
import { issueExpiredToken } from "./expired-token.ts";

const checkTimeout = { timeout: 70_000 };
const sessionCountMax = 3;
/** What the machine's own firewall does, which a diagnosis is asked about. */
const firewall = `table inet filter {
  chain input { type filter hook input priority 0; policy accept; tcp dport 81 drop; }
}
`;

const reason = skipReason();
describe.skipIf(reason !== null)(
  `Azure's SDKs${reason === null ? "" : ` (${reason})`}`,
  checkTimeout,
  () => {
    let bed: TestBed;
    let installation: Installation;
    let child: ChildProcess;
    let fileRoot: string;
    const verdicts = new Map<string, Verdict>();
    let output = "";
    let ended = false;

    beforeAll(async () => {
      bed = await openTestBed();
      fileRoot = `/var/captures/${bed.name}`;
      installation = await openInstallation(bed, { captureSeconds: 2, fileRoot, sessionCountMax });
      const { address } = await bed.startServer("nginx", "internet");
      const loaded = await bed.exec("vm", "nft", ["-f", "-"], { input: firewall });
      expect(loaded.code, loaded.stderr).toBe(0);
      const script = `while :; do curl -s -o /dev/null http://${address}/; sleep 0.05; done`;
      bed.spawn("vm", "sh", ["-c", script], { stdio: "ignore" });
      const { credentials } = installation.client;
      child = fork("test/sdk/checks-process.ts", {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: credentials.certificateAuthorityFile },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_096)));
      }
      child.on("message", (verdict: Verdict) => verdicts.set(verdict.name, verdict));
      child.on("exit", () => (ended = true));
      const { endpoint, tenantId, subscriptionId, clientId, clientSecret } = credentials;
      child.send({
        endpoint,
        tenantId,
        subscriptionId,
        clientId,
        clientSecret,
        fileRoot,
        machineId: installation.machineId,
        receiverUrl: `${installation.receiverUrl}/sdk-alert`,
        webAddress: address,
        expiredToken: await issueExpiredToken(join(installation.directory, "server"), credentials),
        sessionCountMax,
      } satisfies Target);
    }, 60_000);
    afterAll(async () => {
      child?.kill("SIGKILL");
      await installation?.close();
      await bed?.close();
      if (fileRoot) await rm(fileRoot, { recursive: true, force: true });
    });

    test.each(checks.map(({ name }) => [name]))("%s", async (name) => {
      const verdict = await vi.waitUntil(() => verdicts.get(name) ?? (ended && "ended"), {
        timeout: checkTimeout.timeout - 5_000,
        interval: 20,
      });
      if (verdict === "ended") throw new Error(`the checks ended before this one:\n${output}`);
      expect(verdict.problem).toBe(null);
    });
  },
);
