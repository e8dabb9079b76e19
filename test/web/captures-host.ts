// A host of its own for captures: namespaces of the test, an agent in one of them, and datagrams that it sends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findMachine } from "../../src/cli/capture-resources.ts";
import { openControlPlaneClient } from "../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { createJoinToken, removeHost, waitFor } from "../../src/cli/drill/incident.ts";
import { Lifecycle } from "../../src/common/lifecycle.ts";
import { TestNetwork } from "../capture/network.ts";

const everyMilliseconds = 25;
const count = 20_000;

export interface CaptureHost {
  name: string;
  /** Where its datagrams go. */
  address: string;
  close(): Promise<void>;
}

/** A host that sends datagrams to each of these ports all the time. */
export async function openCaptureHost(
  state: string,
  ports: readonly number[],
): Promise<CaptureHost> {
  const client = await openControlPlaneClient(await readCredentials(state));
  const life = new Lifecycle();
  try {
    const network = life.add(await TestNetwork.open());
    const name = "web-9";
    life.add({ close: () => removeHost(client, name) });
    life.add(await startAgent(name, network.namespace, await createJoinToken(client)));
    await waitFor("the host joining", () => findMachine(client, name).catch(() => null), {
      timeoutMilliseconds: 60_000,
      intervalMilliseconds: 100,
      signal: new AbortController().signal,
    });
    const address = "192.0.2.2";
    for (const [at, port] of ports.entries()) {
      network.send({ to: address, port, fromPort: 41_000 + at, count, everyMilliseconds });
    }
    return { name, address, close: () => life.close() };
  } catch (error) {
    await life.close();
    throw error;
  }
}

async function startAgent(
  name: string,
  namespace: string,
  token: string,
): Promise<{ close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-captures-"));
  const joinFile = join(directory, "token");
  await writeFile(joinFile, token, { mode: 0o600 });
  const args = ["agent", "--state", directory, "--join-file", joinFile, "--name", name];
  const child = spawn(
    process.execPath,
    [resolve("src/main.ts"), ...args, "--netns", namespace, "--log-level", "error"],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  return {
    async close() {
      await end(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
