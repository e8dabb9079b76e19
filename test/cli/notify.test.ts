// `nightcap notify`, against a control plane that really runs.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../e2e/free-port.ts";
import { type RunningProcess, startNightcap } from "../e2e/processes.ts";
import { type Receiver, startReceiver } from "../notify/receiver.ts";
import { runNightcap } from "./run-nightcap.ts";

let directory: string;
let state: string;
let server: RunningProcess;
let receiver: Receiver;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-notify-"));
  state = join(directory, "state");
  receiver = await startReceiver();
  const args = ["server", "--state", state, "--port", String(await freePort())];
  server = await startNightcap(args, join(directory, "server.log"));
});
afterAll(async () => {
  await server?.kill();
  await receiver.close();
  await rm(directory, { recursive: true, force: true });
});

const notify = (...args: string[]) => runNightcap("notify", ...args, "--state", state);

test("a target is added from files, tested, listed and removed, and its secret is shown nowhere", async () => {
  const [urlFile, secretFile] = [join(directory, "url"), join(directory, "secret")];
  await writeFile(urlFile, `${receiver.url}/hooks/hidden-path\n`);
  await writeFile(secretFile, "a-secret-that-nobody-sees\n");
  const files = ["--url-file", urlFile, "--secret-file", secretFile];
  const outputs = [
    await notify("add", "hook", "--kind", "webhook", "--allow-private", ...files),
    await notify("list"),
    await notify("test", "hook"),
  ];
  for (const { code, stderr } of outputs) expect([code, stderr]).toEqual([0, ""]);
  expect(outputs[1]?.stdout).toMatch(/^hook +webhook +http:\/\/127\.0\.0\.1:\d+\n$/);
  expect(outputs[2]?.stdout).toMatch(/^hook took it in \d+ ms\n$/);
  expect(receiver.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
  receiver.answer = (response) => void response.writeHead(500).end();
  expect(await notify("test", "hook")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("answered 500") as string,
  });
  expect(await notify("dead-letters")).toMatchObject({ code: 0, stdout: "" });
  expect(await notify("remove", "hook")).toMatchObject({ code: 0, stdout: "hook removed\n" });
  const log = await readFile(join(directory, "server.log"), "utf8");
  const shown = `${log}${outputs.map(({ stdout }) => stdout).join("")}`;
  expect(shown).not.toMatch(/hidden-path|nobody-sees/);
  expect(await readdir(state)).toContain("notification-targets.json");
});
