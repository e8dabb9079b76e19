import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestBed } from "../bed/bed.ts";

export interface Recording {
  path: string;
  /** Resolves when the file is whole. */
  end(): Promise<void>;
}

/** Records all packets of the quiet host with dumpcap; resolves when it records. */
export async function startRecording(bed: TestBed): Promise<Recording> {
  const path = join(bed.directory, "incident.pcapng");
  const args = ["-q", "-i", "eth0", "-B", "16", "-w", path];
  const child = bed.spawn("vm", "dumpcap", args, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  await untilItRecords(child);
  return {
    path,
    async end() {
      child.kill("SIGINT");
      await exited;
    },
  };
}

async function untilItRecords({ stderr }: ChildProcess): Promise<void> {
  if (!stderr) throw new Error("expected a pipe");
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    said.push(line);
    if (line.startsWith("File:")) return void stderr.resume();
  }
  throw new Error(`dumpcap does not record: ${said.join(" ")}`);
}
