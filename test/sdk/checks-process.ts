// Runs every check in a process of its own, because Node reads NODE_EXTRA_CA_CERTS at its start, and
// tells its parent how each went. Its target comes as the first message.
import { once } from "node:events";
import type { Verdict } from "./check.ts";
import { checks } from "./checks.ts";
import { openClients, type Target } from "./clients.ts";

const checkTimeoutMilliseconds = 60_000;

const [target] = (await once(process, "message")) as [Target];
const clients = openClients(target);
for (const { name, run } of checks) {
  const timeout = new Promise<never>((_resolve, reject) => {
    const late = new Error(`not over after ${checkTimeoutMilliseconds / 1_000} s`);
    setTimeout(() => reject(late), checkTimeoutMilliseconds).unref();
  });
  const problem = await Promise.race([run(clients), timeout]).then(
    () => null,
    (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  process.send?.({ name, problem } satisfies Verdict);
}
process.disconnect?.();
