// Speed and memory of one inspection: node bench/inspection.ts FILE [TIMES]
// The file is read TIMES (1) over, as if it were so much longer; a pcap's header is passed over then.
import { readFileSync } from "node:fs";
import { inspect } from "../src/inspection/inspect.ts";

const chunkSizeBytes = 1_048_576;
const pcapHeaderSizeBytes = 24;

async function* repeated(bytes: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let time = 0; time < times; time++) {
    const start = time === 0 || bytes[0] === 0x0a ? 0 : pcapHeaderSizeBytes;
    for (let at = start; at < bytes.length; at += chunkSizeBytes)
      yield await Promise.resolve(bytes.subarray(at, at + chunkSizeBytes));
  }
}

const [path, times = "1"] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node bench/inspection.ts FILE [TIMES]");
const bytes = new Uint8Array(readFileSync(path));
const before = process.cpuUsage();
const { file } = await inspect(repeated(bytes, Number(times)));
const used = process.cpuUsage(before);
const seconds = (used.user + used.system) / 1e6;
console.log(
  JSON.stringify({
    packets: file.packets,
    megabytes: Math.round((bytes.length * Number(times)) / 1e6),
    cpuSeconds: seconds,
    packetsPerCpuSecond: Math.round(file.packets / seconds),
    peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
