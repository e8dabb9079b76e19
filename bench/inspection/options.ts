import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { captureKinds, type CaptureKind } from "./generate.ts";

export const usage = `usage: npm run bench -- inspection [options]
  --kind mix|small   one of the two captures (both)
  --captures FOLDER  captures that mix repeats (synthetic traffic)
  --size SIZE        of each pcap file, as 100MB or 1GB (1GB)
  --seed NUMBER      of the generator (1)
  --work FOLDER      where generated captures are kept and taken from again
  --runs NUMBER      runs of each tool, of which the median counts (3)
  --only NAME,...    only tools whose name contains one of these
  --tshark           also tshark, on mix, once; takes minutes
  --growth           also the cost of captures of a tenth, three tenths and all of the size
  --generate         only make the captures
  --json             JSON instead of tables`;

export interface BenchOptions {
  kinds: readonly CaptureKind[];
  captures: string | null;
  sizeBytes: number;
  seed: number;
  work: string;
  runCount: number;
  only: readonly string[];
  tshark: boolean;
  growth: boolean;
  generateOnly: boolean;
  json: boolean;
}

/** Reads the arguments; raises an error with a sentence for people when they are wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kind: { type: "string" },
      captures: { type: "string" },
      size: { type: "string", default: "1GB" },
      seed: { type: "string", default: "1" },
      work: { type: "string", default: join(tmpdir(), "nightcap-bench-inspection") },
      runs: { type: "string", default: "3" },
      only: { type: "string", default: "" },
      tshark: { type: "boolean", default: false },
      growth: { type: "boolean", default: false },
      generate: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  return {
    kinds: values.kind === undefined ? ["mix", "small"] : [kindOf(values.kind)],
    captures: values.captures === undefined ? null : resolve(values.captures),
    sizeBytes: sizeOf(values.size),
    seed: countOf("--seed", values.seed),
    work: resolve(values.work),
    runCount: countOf("--runs", values.runs),
    only: values.only.split(",").filter((name) => name !== ""),
    tshark: values.tshark,
    growth: values.growth,
    generateOnly: values.generate,
    json: values.json,
  };
}

function kindOf(text: string): CaptureKind {
  const kind = captureKinds.find((known) => known === text);
  if (kind === undefined) throw new Error(`--kind is one of ${captureKinds.join(", ")}`);
  return kind;
}

const unitSizes = { kB: 1e3, MB: 1e6, GB: 1e9 } as const;

/** Bytes of a size as people write it. */
export function sizeOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(kB|MB|GB)$/.exec(text);
  if (!match) throw new Error("--size is a number and a unit, as 100MB or 1GB");
  return Number(match[1]) * unitSizes[match[2] as keyof typeof unitSizes];
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`${name} is a number from 1 on`);
  return count;
}
