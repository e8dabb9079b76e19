// The packaged function app in a process of its own, called as an action group calls it.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const readyTimeoutMilliseconds = 20_000;
export const functionKey = "f".repeat(43);

export interface FunctionAnswer {
  status: number;
  text: string;
  json(): {
    status?: string;
    jobs?: { step: string; capture: { name: string } | null; outcome: { kind: string } | null }[];
  };
}

export interface FunctionsHost {
  /** What the app wrote to standard error. */
  log(): string;
  post(
    alert: unknown,
    options?: { key?: string | null; query?: string; method?: string },
  ): Promise<FunctionAnswer>;
  close(): Promise<void>;
}

/** Starts the host for `app` with these application settings and no others. */
export async function startFunctionsHost(
  app: string,
  settings: Readonly<Record<string, string>>,
): Promise<FunctionsHost> {
  const child = fork(resolve("test/azure/functions-host-process.ts"), [app, functionKey], {
    env: { PATH: process.env["PATH"], ...settings },
    execArgv: [],
    execPath: process.env["NIGHTCAP_FUNCTION_NODE"] ?? process.execPath,
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => void (said += chunk.toString()));
  const url = await ready(child).catch((cause: unknown) => {
    throw new Error(`the app did not load: ${said}`, { cause });
  });
  return {
    log: () => said,
    async post(alert, { key = functionKey, query = "", method = "POST" } = {}) {
      const answer = await fetch(`${url}/api/responder${query}`, {
        method,
        headers: {
          "content-type": "application/json",
          ...(key === null ? {} : { "x-functions-key": key }),
        },
        ...(method === "GET"
          ? {}
          : { body: typeof alert === "string" ? alert : JSON.stringify(alert) }),
      });
      const text = await answer.text();
      return { status: answer.status, text, json: () => JSON.parse(text) as object };
    },
    async close() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function ready(child: ChildProcess): Promise<string> {
  const ended = once(child, "exit").then(() => {
    throw new Error("it ended");
  });
  const signal = AbortSignal.timeout(readyTimeoutMilliseconds);
  const [message] = (await Promise.race([once(child, "message", { signal }), ended])) as [
    { ready: string },
  ];
  return message.ready;
}
