import { mkdtemp, mkdir, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type DumpcapOptions, startDumpcap } from "../../src/capture/dumpcap.ts";
import { checkFilter } from "../../src/capture/dumpcap-command.ts";
import { systemClock } from "../../src/common/clock.ts";
import { run } from "../../src/common/run.ts";
import {
  missingForRecording,
  readWithTshark,
  recordersBelow,
  TestNetwork,
  until,
} from "./network.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: recording with dumpcap: ${missing}\n`);

describe.skipIf(missing !== null)("one dumpcap on one interface", () => {
  let network: TestNetwork;
  let directory = "";

  beforeAll(async () => {
    network = await TestNetwork.open();
  });
  afterAll(() => network.close());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-dumpcap-"));
  });
  afterEach(async () => {
    expect(await recordersBelow(directory)).toEqual([]);
    await rm(directory, { recursive: true, force: true });
  });

  const options = (change: Partial<DumpcapOptions> = {}): DumpcapOptions => ({
    interfaceName: "eth0",
    networkNamespace: network.namespace,
    filter: "udp port 9",
    filePath: join(directory, "a.pcapng"),
    snapLengthBytes: 0,
    fileSizeKilobytesMax: null,
    clock: systemClock,
    ...change,
  });

  test("records every packet between ready and stop, in a file of its owner alone", async () => {
    const dumpcap = await startDumpcap(options());
    await network.send({ count: 500 }).finished;
    const exit = await dumpcap.stop(Date.now());
    expect(exit).toMatchObject({ reason: "stopped", packets: 500, drops: 0 });
    const seen = await readWithTshark(options().filePath);
    expect(seen.map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect((await stat(options().filePath)).mode & 0o777).toBe(0o600);
  });

  test("keeps the asked bytes of each packet", async () => {
    const dumpcap = await startDumpcap(options({ snapLengthBytes: 60 }));
    await network.send({ count: 20, sizeBytes: 200 }).finished;
    await dumpcap.stop(Date.now());
    const seen = await readWithTshark(options().filePath);
    expect(seen.map((one) => [one.capturedLength, one.length])).toEqual(
      Array.from({ length: 20 }, () => [60, 242]),
    );
  });

  test("ends by itself at its size", async () => {
    const dumpcap = await startDumpcap(options({ fileSizeKilobytesMax: 50 }));
    const sending = network.send({ count: 1_000 });
    expect(await dumpcap.exited).toMatchObject({ reason: "sizeLimit" });
    sending.end();
  });

  test.each([
    [{ interfaceName: "nope0" }, "CaptureFailed", /nope0/],
    [{ interfaceName: "a/b" }, "InvalidParameter", /"a\/b" is not the name of an interface/],
    [{ interfaceName: "-D" }, "InvalidParameter", /"-D"/],
    [{ filter: "tcp prt 80" }, "CaptureFilterInvalid", /"tcp prt 80".*syntax error/],
    [{ filePath: "/nonexistent/a.pcapng" }, "CaptureFailed", /\/nonexistent\/a\.pcapng/],
    [{ networkNamespace: "../x" }, "InvalidParameter", /"\.\.\/x"/],
    [{ networkNamespace: "nccap-none" }, "CaptureFailed", /nccap-none/],
  ] as const)("%o does not start: %s", async (change, code, message) => {
    await expect(startDumpcap(options(change))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("does not start on an interface that is down", async () => {
    await run("ip", ["-n", network.namespace, "link", "set", "eth1", "down"]);
    await expect(startDumpcap(options({ interfaceName: "eth1" }))).rejects.toMatchObject({
      message: expect.stringMatching(/"eth1" is not up/),
    });
    await run("ip", ["-n", network.namespace, "link", "set", "eth1", "up"]);
  });

  test("says what to install when there is no dumpcap", async () => {
    await expect(startWithoutPrograms(options())).resolves.toMatch(
      /ToolMissing.*apt-get install wireshark-common/,
    );
  });

  test("lets libpcap check a filter without recording", async () => {
    await checkFilter(options());
    await expect(checkFilter(options({ filter: "udp prt" }))).rejects.toMatchObject({
      code: "CaptureFilterInvalid",
    });
    await expect(checkFilter(options({ interfaceName: "nope0" }))).rejects.toMatchObject({
      code: "CaptureFailed",
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test("an interface that is deleted ends it as gone, with the packets so far", async () => {
    await network.addLink("eth7", "203.0.113");
    const dumpcap = await startDumpcap(options({ interfaceName: "eth7" }));
    await network.send({ to: "203.0.113.2", count: 10 }).finished;
    await until("packets are counted", () => dumpcap.packets() === 10);
    await network.removeLink("eth7");
    expect(await dumpcap.exited).toMatchObject({
      reason: "interfaceGone",
      packets: 10,
      message: expect.stringContaining("no longer attached"),
    });
  });

  test("a full disk ends it as such", async () => {
    const small = join(directory, "small");
    await mkdir(small);
    await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small]);
    try {
      const dumpcap = await startDumpcap(options({ filePath: join(small, "a.pcapng") }));
      const sending = network.send({ count: 1_000, sizeBytes: 1_400 });
      expect(await dumpcap.exited).toMatchObject({
        reason: "diskFull",
        message: expect.stringContaining("no space left"),
      });
      sending.end();
    } finally {
      await run("umount", [small]);
    }
  });

  test("a kill from outside is a failure that names the signal", async () => {
    const dumpcap = await startDumpcap(options());
    process.kill(dumpcap.pid, "SIGKILL");
    expect(await dumpcap.exited).toMatchObject({
      reason: "failed",
      message: expect.stringContaining("SIGKILL"),
    });
  });

  test("a polite end from outside is a failure too, because nobody of ours asked", async () => {
    const dumpcap = await startDumpcap(options());
    process.kill(dumpcap.pid, "SIGTERM");
    expect(await dumpcap.exited).toMatchObject({ reason: "failed" });
  });
});

/** In a mount namespace of its own, where dumpcap is not to be run. */
async function startWithoutPrograms(options: DumpcapOptions): Promise<string> {
  const source = new URL("../../src/capture/dumpcap.ts", import.meta.url).pathname;
  const script = `
    import(${JSON.stringify(source)})
      .then(({ startDumpcap }) => startDumpcap({ ...${JSON.stringify(options)}, clock: Date }))
      .catch((error) => console.log(error.code, error.message));`;
  const hide = `for f in $(which -a dumpcap); do mount --bind /dev/null "$f"; done; exec "$0" -e "$1"`;
  const words = ["-m", "sh", "-c", hide, process.execPath, script];
  return (await run("unshare", words)).stdout;
}
