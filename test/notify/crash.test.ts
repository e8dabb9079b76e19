// kill -9 between a message's sending and its record.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startReceiver } from "./receiver.ts";

const program = fileURLToPath(new URL("outbox-process.ts", import.meta.url));

test("every message comes at least once and in order, and twice only under the same id", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-outbox-crash-"));
  const receiver = await startReceiver();
  const start = (): ChildProcess =>
    spawn(process.execPath, [program, join(directory, "state.db"), receiver.url], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  let child = start();
  const killed = Promise.withResolvers<void>();
  receiver.answer = (response) => {
    if (receiver.received.length !== 3) return void response.end();
    // It was taken; the answer finds nobody.
    child.once("exit", () => killed.resolve());
    child.kill("SIGKILL");
  };
  await killed.promise;
  receiver.answer = (response) => void response.end();
  child = start();
  const ids = () => receiver.received.map(({ headers }) => String(headers["webhook-id"]));
  await expect.poll(() => ids().length, { timeout: 5_000 }).toBe(6);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(ids().map((id) => id.slice(-1))).toEqual(["1", "2", "3", "3", "4", "5"]);
  await receiver.close();
  await rm(directory, { recursive: true });
});
