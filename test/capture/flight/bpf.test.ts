import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseBpf } from "../../../src/capture/flight/bpf-program.ts";
import { compileProgram, packetFilter } from "../../../src/capture/flight/compiled-filter.ts";
import { findProgram } from "../../../src/capture/programs.ts";
import { ethernetFrame, pcapFile, readPcapTimes } from "../packets.ts";

const linkTypeEthernet = 1;
const frame = ethernetFrame({
  family: 4,
  source: "192.0.2.1",
  destination: "192.0.2.2",
  protocol: "tcp",
  sourcePort: 80,
  destinationPort: 5_000,
});

const select = (text: string, packet: Uint8Array, wireLength = packet.length): boolean => {
  const program = parseBpf(text);
  if (!program) throw new Error(`no program: ${text}`);
  return packetFilter(program)(packet, 0, packet.length, wireLength, linkTypeEthernet);
};

test("a program is read as libpcap prints it, and a load beyond the packet is a no", () => {
  const text =
    "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n(002) ret      #262144\n(003) ret      #0\n";
  expect(select(text, frame)).toBe(true);
  expect(select(text, frame.subarray(0, 13))).toBe(false);
  expect(
    select(
      "(000) ld  #pktlen\n(001) jge #0x3e8 jt 2 jf 3\n(002) ret #1\n(003) ret #0",
      frame,
      1_000,
    ),
  ).toBe(true);
});

test("the outer VLAN tag is passed over, as the kernel does", () => {
  const text = "(000) ldh [12]\n(001) jeq #0x800 jt 2 jf 3\n(002) ret #1\n(003) ret #0";
  const tag = Buffer.from([0x81, 0x00, 0x00, 0x2a]);
  const tagged = Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
  expect(select(text, tagged)).toBe(true);
  const twice = Buffer.concat([frame.subarray(0, 12), tag, tag, frame.subarray(12)]);
  expect(select(text, twice)).toBe(false);
});

test.each([
  ["nothing", ""],
  ["an instruction that there is not", "(000) call #3\n(001) ret #0"],
  ["a jump backwards", "(000) ld [0]\n(001) jeq #1 jt 0 jf 2\n(002) ret #0"],
  ["a jump out of it", "(000) jeq #1 jt 1 jf 9\n(001) ret #0"],
  ["no end", "(000) ld [0]"],
  ["memory that there is not", "(000) st M[16]\n(001) ret #0"],
  ["a division by nought", "(000) div #0\n(001) ret #0"],
  ["a line that is missing", "(000) ld [0]\n(002) ret #0"],
])("%s is no program", (_what, text) => {
  expect(parseBpf(text)).toBeNull();
});

test("any program and any packet come to an end", () => {
  const names = [
    "ld",
    "ldh",
    "ldb",
    "ldx",
    "ldxb",
    "st",
    "jeq",
    "jset",
    "add",
    "mod",
    "ret",
    "txa",
  ];
  const operand = fc.constantFrom(
    "[0]",
    "[x + 2]",
    "M[3]",
    "#0x5",
    "x",
    "",
    "4*([14]&0xf)",
    "#pktlen",
  );
  const step = fc.tuple(fc.constantFrom(...names), operand, fc.nat(30), fc.nat(30));
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.uint8Array({ maxLength: 80 }),
      (steps, bytes) => {
        const lines = steps.map(
          ([name, words, jt, jf], at) =>
            `(${String(at).padStart(3, "0")}) ${name} ${words} ${name.startsWith("j") ? `jt ${jt} jf ${jf}` : ""}`,
        );
        const program = parseBpf(
          [...lines, `(${String(steps.length).padStart(3, "0")}) ret #0`].join("\n"),
        );
        if (program) packetFilter(program)(bytes, 0, bytes.length, bytes.length, linkTypeEthernet);
      },
    ),
  );
});

const hasTcpdump = (await findTool()) !== null;
async function findTool(): Promise<string | null> {
  try {
    return execFileSync("tcpdump", ["--version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch {
    process.stderr.write("SKIP: filter programs against libpcap's own: tcpdump is not installed\n");
    return null;
  }
}

describe.skipIf(!hasTcpdump)("against libpcap's own interpreter", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "nightcap-bpf-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const expressions = [
    "tcp portrange 79-81",
    "(tcp and ((ip src host 192.0.2.1 and dst portrange 80-5000) or (ip6 dst net 2001:db8::/32)))",
    "ip[2:2] > 40 and ip[8] * 2 - 1 >= 127",
    "ip6 or (ip and ip[6:2] & 0x1fff = 0 and ip[9] != 6)",
    "greater 60 or less 20",
    "tcp[tcpflags] & (tcp-syn | tcp-ack) != 0",
    "ether[0] & 1 != 0 or arp or (udp and udp[4:2] / 3 > 5) or ip[0] << 2 = 276 or ip[1] % 7 = 3",
    "not (src port 80) and not icmp",
    "ip[ip[9]] = 0x45 or len - 14 = ip[2:2] or -ip[8] = 0",
  ];
  const noise = fc.uint8Array({ minLength: 0, maxLength: 90 }).map((bytes) => Buffer.from(bytes));
  const near = fc
    .tuple(
      fc.constantFrom(4 as const, 6 as const),
      fc.constantFrom("tcp", "udp", "icmp"),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
    )
    .map(([family, protocol, changes]) => {
      const ends = family === 4 ? ["192.0.2.1", "192.0.2.9"] : ["2001:db8::1", "fe80::2"];
      const [source = "", destination = ""] = ends;
      const made = ethernetFrame({
        family,
        protocol,
        source,
        destination,
        sourcePort: 80,
        destinationPort: 4_000,
      });
      for (const [at, value] of changes)
        if (at < made.length && at !== 12 && at !== 13) made[at] = value;
      return made;
    });

  test.each(expressions)("%s", (expression) => {
    const path = join(directory, "packets.pcap");
    const text = execFileSync("tcpdump", ["-d", "-y", "EN10MB", expression], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(near, near, noise), { minLength: 40, maxLength: 80 }),
        (frames) => {
          writeFileSync(path, pcapFile(frames));
          const kept = execFileSync("tcpdump", ["-n", "-r", path, "-w", "-", expression], {
            stdio: ["ignore", "pipe", "ignore"],
          });
          expect(frames.flatMap((each, at) => (select(text, each) ? [at] : []))).toEqual(
            readPcapTimes(kept),
          );
        },
      ),
      { numRuns: 8 },
    );
  });
});

test.skipIf(process.getuid?.() !== 0 || (await findProgram("dumpcap")) === null)(
  "dumpcap gives the program of a real interface, or says why not",
  async () => {
    const program = await compileProgram("tcp portrange 80-81", "lo", null);
    const filter = packetFilter(program);
    expect(filter(frame, 0, frame.length, frame.length, linkTypeEthernet)).toBe(true);
    await expect(compileProgram("tcp nonsense", "lo", null)).rejects.toMatchObject({
      code: "CaptureFailed",
    });
  },
);
