// Packet captures by az, through their whole life, on packets that really go by.
import { access, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { getCapture } from "../../src/cli/capture-resources.ts";
import { tsharkFields } from "../e2e/tshark.ts";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const statusTimeoutMilliseconds = 25_000;
const create = "network watcher packet-capture create -g nightcap --vm vm";
const capture = (verb: string, name: string): string =>
  `network watcher packet-capture ${verb} -l local -n ${name}`;

interface Capture {
  name: string;
  provisioningState: string;
  storageLocation: { filePath: string | null; storagePath: string | null };
}

interface Status {
  packetCaptureStatus: string;
  stopReason: string | null;
  packetCaptureError: string[];
}

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az captures${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("captures");
    const { works, refused } = session;

    beforeAll(async () => {
      const { address } = await session.bed.startServer("nginx", "internet");
      const script = `while :; do curl -s -o /dev/null http://${address}/; sleep 0.05; done`;
      session.bed.spawn("vm", "sh", ["-c", script], { stdio: "ignore" });
    });

    /** Asks until the capture has ended; only the first question is for the page. */
    async function ended(name: string): Promise<Status> {
      const deadline = Date.now() + statusTimeoutMilliseconds;
      for (;;) {
        const status = await works<Status>(capture("show-status", name));
        if (!["NotStarted", "Running"].includes(status.packetCaptureStatus)) return status;
        expect(Date.now(), `capture ${name} goes on: ${JSON.stringify(status)}`).toBeLessThan(
          deadline,
        );
        await sleep(200);
      }
    }

    /** Waits until the host has told of packets: a capture that is stopped before it began leaves no file. */
    async function recorded(name: string): Promise<void> {
      const packetCount = async (): Promise<number> =>
        (await getCapture(session.installation.client, name)).properties.nightcap?.packets ?? 0;
      const options = { timeout: statusTimeoutMilliseconds, interval: 50 };
      await vi.waitFor(async () => expect(await packetCount()).toBeGreaterThan(0), options);
    }

    /** The file that the machine leaves, a moment after its capture has stopped. */
    async function localFile(name: string): Promise<string> {
      const path = join(session.az.variables["CAPTURES"] ?? "", name);
      await vi.waitFor(() => access(path), { timeout: statusTimeoutMilliseconds, interval: 50 });
      return path;
    }

    test("the region's network watcher", async () => {
      expect(await works("network watcher list")).toMatchObject([
        { name: "NetworkWatcher_local", location: "local", provisioningState: "Succeeded" },
      ]);
      const configure = "network watcher configure -g NetworkWatcherRG -l local --enabled true";
      expect(await works(`${configure} --tags team=net`)).toMatchObject([
        { tags: { team: "net" } },
      ]);
    });

    test("a capture into storage that ends with its time", async () => {
      const made = await works<Capture>(
        `${create} -n stored --storage-account nightcapstore --time-limit 2`,
      );
      expect(made).toMatchObject({
        name: "stored",
        provisioningState: "Succeeded",
        targetType: "AzureVM",
        timeLimitInSeconds: 2,
        totalBytesPerSession: 1_073_741_824,
        bytesToCapturePerPacket: 0,
      });
      expect(made.storageLocation.storagePath).toMatch(
        /\/network-watcher-logs\/subscriptions\/.*\.cap$/,
      );
      expect(await ended("stored")).toMatchObject({
        packetCaptureStatus: "Stopped",
        stopReason: "TimeExceeded",
        packetCaptureError: [],
      });
    });

    test("a capture into a file on the machine that is stopped by hand", async () => {
      await works(`${create} -n local --file-path $CAPTURES/local.cap`);
      await recorded("local");
      await works(capture("stop", "local"));
      expect(await ended("local")).toMatchObject({
        packetCaptureStatus: "Stopped",
        stopReason: "Manual",
      });
      expect((await stat(await localFile("local.cap"))).size).toBeGreaterThan(100);
      await works(capture("stop", "local")); // stopping a stopped one is no error
    });

    test("a capture of some packets only, cut short", async () => {
      const filters = `[{"protocol":"TCP","remotePort":"80"},{"protocol":"UDP","localPort":"5000-5100"}]`;
      const made = await works(
        `${create} -n filtered --file-path $CAPTURES/filtered.cap --time-limit 2 --capture-size 96 --filters '${filters}'`,
      );
      expect(made).toMatchObject({
        bytesToCapturePerPacket: 96,
        filters: [
          { protocol: "TCP", remotePort: "80" },
          { protocol: "UDP", localPort: "5000-5100" },
        ],
      });
      expect(await ended("filtered")).toMatchObject({ stopReason: "TimeExceeded" });
      const rows = await tsharkFields(await localFile("filtered.cap"), [
        "tcp.port",
        "frame.cap_len",
      ]);
      expect(rows.length).toBeGreaterThan(5);
      for (const [ports = "", length] of rows) {
        expect(ports.split(",")).toContain("80");
        expect(Number(length)).toBeLessThanOrEqual(96);
      }
    });

    test("a capture that ends with its size", async () => {
      await works(
        `${create} -n limited --file-path $CAPTURES/limited.cap --capture-limit 4096 --time-limit 60`,
      );
      expect(await ended("limited")).toMatchObject({ packetCaptureStatus: "Stopped" });
      const { size } = await stat(await localFile("limited.cap"));
      expect(size).toBeLessThanOrEqual(4_096);
      expect(size).toBeGreaterThan(1_000);
    });

    test("list, show and delete", async () => {
      const [list, one] = await Promise.all([
        works<Capture[]>("network watcher packet-capture list -l local"),
        works<Capture>(capture("show", "filtered")),
      ]);
      expect(list.map(({ name }) => name).toSorted()).toEqual([
        "filtered",
        "limited",
        "local",
        "stored",
      ]);
      expect(one).toEqual(list.find(({ name }) => name === "filtered"));
      await works(capture("delete", "filtered"));
      const left = await works<Capture[]>("network watcher packet-capture list -l local");
      expect(left.map(({ name }) => name)).not.toContain("filtered");
      await works(capture("delete", "filtered")); // deleting what is gone is no error
    });

    test("a running capture is stopped by its deletion", async () => {
      await works(`${create} -n running --file-path $CAPTURES/running.cap`);
      await works(capture("delete", "running"));
      expect(await refused(capture("show", "running"))).toEqual({
        exitCode: 3,
        code: "ResourceNotFound",
      });
    });

    test("Azure's SDK for Python, from the same Debian packages", async () => {
      const script = resolve("test/az/client.py");
      const { exitCode, value, stderr } = await session.az.runProgram(`/usr/bin/python3 ${script}`);
      expect(exitCode, stderr).toBe(0);
      expect(value).toEqual({
        machines: ["vm"],
        watchers: ["NetworkWatcher_local"],
        provisioningState: "Succeeded",
        stopReason: "Manual",
        left: ["limited", "local", "stored"],
      });
    });

    test("captures that are refused", async () => {
      const cases: [string, number, string][] = [
        [`${create} -n stored --file-path $CAPTURES/again.cap`, 1, "ResourceAlreadyExists"],
        [
          `${create} -n bad --file-path $CAPTURES/x.cap --time-limit 18001`,
          1,
          "InvalidRequestContent",
        ],
        [`${create} -n bad --file-path /etc/x.cap`, 1, "InvalidRequestContent"],
        [
          `${create} -n bad --file-path $CAPTURES/x.cap --filters '[{"remotePort":"99999"}]'`,
          1,
          "CaptureFilterInvalid",
        ],
        [
          "network watcher packet-capture create -g nightcap --vm nosuch -n bad --file-path $CAPTURES/x.cap",
          2,
          "ResourceNotFound",
        ],
        [`${create} -n bad --storage-account nosuchstore`, 1, "InvalidParameter"],
        [capture("show-status", "nosuch"), 3, "ResourceNotFound"],
        [capture("stop", "nosuch"), 3, "ResourceNotFound"],
        [capture("show", "nosuch"), 3, "ResourceNotFound"],
      ];
      for (const [command, exitCode, code] of cases) {
        expect(await refused(command), command).toEqual({ exitCode, code });
      }
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
