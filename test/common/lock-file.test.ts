import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { holdLock, processStartTicks } from "../../src/common/lock-file.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-lock-"));
  path = join(directory, "lock");
});
afterEach(() => rm(directory, { recursive: true }));

test("refuses a second holder and names the first, until it is closed", async () => {
  const lock = await holdLock(path, "state");
  await expect(holdLock(path, "state")).rejects.toMatchObject({
    code: "Conflict",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await lock.close();
  const again = await holdLock(path, "state");
  await again.close();
  expect(await readdir(directory)).toEqual([]);
});

test("takes over from a process that was killed, and from one whose pid another process has now", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  const content = JSON.stringify({
    pid: child.pid,
    startTicks: await processStartTicks(child.pid ?? 0),
  });
  await writeFile(path, content);
  await expect(holdLock(path, "state")).rejects.toMatchObject({ code: "Conflict" });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await holdLock(path, "state")).close();

  await writeFile(path, JSON.stringify({ pid: process.pid, startTicks: "1" }));
  await (await holdLock(path, "state")).close();
});

test("takes over a lock file that cannot be read", async () => {
  await writeFile(path, "{");
  await (await holdLock(path, "state")).close();
});
