import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CapturePair } from "./capture-pair.ts";
import type { FrameSource } from "./frame-source.ts";
import { RepeatedTraffic } from "./repeated-traffic.ts";
import { endlessScripts, mixedScripts, smallScripts } from "./scripts.ts";
import { SyntheticTraffic } from "./synthetic-traffic.ts";
import { loadTemplate } from "./template.ts";

/**
 * `mix`: packets of all sizes and kinds; `small`: many flows of small packets; `endless`: a fixed number
 * of flows that only get longer.
 */
export const captureKinds = ["mix", "small", "endless"] as const;
export type CaptureKind = (typeof captureKinds)[number];

export interface GenerateOptions {
  kind: CaptureKind;
  /** Of the pcap file; it ends with the packet that reaches it. */
  sizeBytes: number;
  seed: number;
  /** Where the files are kept. */
  work: string;
  /** Folder of captures to repeat in `mix`; synthetic traffic when null. */
  captures: string | null;
}

/** One traffic in two files. */
export interface GeneratedCapture {
  kind: CaptureKind;
  pcap: string;
  pcapng: string;
  packets: number;
  sizeBytes: number;
}

/** Raised with every change of what is generated, so that older files are not taken for the same. */
const version = 1;
const openFlowCount = { mix: 4_096, small: 16_384, endless: 20_000 } as const;

/** Makes the capture, or takes the one that an earlier call made of the same options. */
export function generate(options: GenerateOptions): GeneratedCapture {
  const { kind, sizeBytes, seed, work } = options;
  mkdirSync(work, { recursive: true });
  const name = `${kind}-${sourceName(options)}-${seed}-${sizeBytes}-v${version}`;
  const path = join(work, name);
  const done = `${path}.json`;
  if (existsSync(done)) return JSON.parse(readFileSync(done, "utf8")) as GeneratedCapture;
  const made = { kind, pcap: `${path}.pcap`, pcapng: `${path}.pcapng` };
  const pair = new CapturePair(made.pcap, made.pcapng);
  const packets = write(sourceOf(options), pair, sizeBytes);
  const capture = { ...made, packets, sizeBytes: pair.sizeBytes };
  pair.close();
  writeFileSync(done, JSON.stringify(capture));
  return capture;
}

function write(source: FrameSource, pair: CapturePair, sizeBytes: number): number {
  let packets = 0;
  for (; pair.sizeBytes < sizeBytes; packets++) pair.put(source.next());
  return packets;
}

function sourceOf({ kind, seed, captures }: GenerateOptions): FrameSource {
  if (kind === "mix" && captures !== null) return new RepeatedTraffic(loadTemplate(captures), seed);
  const scripts = { mix: mixedScripts, small: smallScripts, endless: endlessScripts }[kind]();
  return new SyntheticTraffic({ seed, scripts, openFlowCount: openFlowCount[kind] });
}

/** Another name for another folder, or one whose files changed. */
function sourceName({ kind, captures }: GenerateOptions): string {
  if (kind !== "mix" || captures === null) return "synthetic";
  const hash = createHash("sha256");
  for (const name of readdirSync(captures, { recursive: true, encoding: "utf8" }).sort())
    hash.update(`${name} ${statSync(join(captures, name)).size}\n`);
  return hash.digest("hex").slice(0, 8);
}
