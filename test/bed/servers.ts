import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export type ServerKind = "node" | "nginx" | "iperf3";

export const defaultPorts: Record<ServerKind, number> = { node: 8080, nginx: 80, iperf3: 5201 };

interface ServerCommand {
  program: string;
  args: readonly string[];
}

/** How to run a server in the foreground; writes what it needs into `directory`. */
export async function serverCommand(
  kind: ServerKind,
  port: number,
  directory: string,
): Promise<ServerCommand> {
  if (kind === "iperf3") return { program: "iperf3", args: ["--server", "--port", String(port)] };
  if (kind === "node") return { program: process.execPath, args: [nodeServer, String(port)] };
  await mkdir(join(directory, "html"), { recursive: true });
  await writeFile(join(directory, "html", "index.html"), "hello from nginx\n");
  await writeFile(join(directory, "nginx.conf"), nginxConfig(port, directory));
  return { program: "nginx", args: ["-p", directory, "-c", join(directory, "nginx.conf")] };
}

const nodeServer = fileURLToPath(new URL("http-server.mjs", import.meta.url));

/** One process, in the foreground, that writes nowhere but in its own directory. */
const nginxConfig = (port: number, directory: string): string => `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server { listen ${port}; root ${directory}/html; }
}
`;

const readyTimeoutMilliseconds = 15_000;
const pollMilliseconds = 10;
const listenState = "0A";

/**
 * Waits until somebody listens on `port` in the child's network namespace: /proc/PID/net/tcp shows
 * it without a connection, which would be one more in a test's capture.
 */
export async function waitForListener(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + readyTimeoutMilliseconds;
  while (!isListening(child, port)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`test bed: server ended before it listened on port ${port}`);
    }
    if (Date.now() > deadline) {
      throw new Error(
        `test bed: nobody listens on port ${port} after ${readyTimeoutMilliseconds} ms`,
      );
    }
    await sleep(pollMilliseconds);
  }
}

function isListening(child: ChildProcess, port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return ["tcp", "tcp6"].some((table) =>
    readTable(`/proc/${child.pid}/net/${table}`).some(([, local, , state]) => {
      return state === listenState && local?.split(":")[1] === wanted;
    }),
  );
}

function readTable(path: string): string[][] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
  } catch {
    return []; // no such process yet or any more, or no IPv6
  }
}
