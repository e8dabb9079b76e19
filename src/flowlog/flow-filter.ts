/**
 * Which tuples of a VNet flow log are recorded: Azure's `recordTypes` and `enabledFilteringCriteria`
 * (learn.microsoft.com, "Filter virtual network flow logs"). Fields of a tuple are text here, by place:
 * time, source, destination, ports, protocol, direction, state, encryption, counters.
 */
export type FlowFilter = (tuple: string) => boolean;

type Test = (fields: readonly string[]) => boolean;

const termPattern = /^\s*([A-Za-z]+)\s*(!=|=)\s*([^=!]+?)\s*$/;
const valueCountMax = 200;

/** Compiles both; throws an `Error` that says which term cannot be read. */
export function compileFlowFilter(options: {
  recordTypes: readonly string[];
  criteria: string | null;
}): FlowFilter {
  const states = new Set(options.recordTypes);
  const accepts = options.criteria === null ? () => true : readCriteria(options.criteria);
  return (tuple) => {
    const fields = tuple.split(",");
    return states.has(fields[7] ?? "") && accepts(fields);
  };
}

/** AND binds before OR, and there are no brackets. */
function readCriteria(text: string): Test {
  const anyOf = text.split("||").map((part) => part.split("&&").map(readTerm));
  return (fields) => anyOf.some((allOf) => allOf.every((test) => test(fields)));
}

function readTerm(text: string): Test {
  const [, name = "", operator, list = ""] = termPattern.exec(text) ?? [];
  const field = name.toLowerCase();
  const read = Object.hasOwn(fieldReaders, field) ? fieldReaders[field] : undefined;
  const values = list.split(",").map((value) => value.trim());
  if (!read || values.length > valueCountMax) {
    throw new Error(
      `filter term "${text.trim()}" is not FIELD=VALUES or FIELD!=VALUES with one of ${fieldNames}`,
    );
  }
  const tests = values.map((value) => {
    const test = read(value);
    if (!test) throw new Error(`filter term "${text.trim()}" has a value that is none: "${value}"`);
    return test;
  });
  const matches: Test = (fields) => tests.some((test) => test(fields));
  return operator === "=" ? matches : (fields) => !matches(fields);
}

const fieldNames = "Direction, SrcIP, SrcPort, DstIP, DstPort, Protocol, Encryption, Action";

/** For each field what a value of it accepts; null for what is no value of it. */
const fieldReaders: Readonly<Record<string, (value: string) => Test | null>> = {
  direction: oneOf(6, { inbound: ["I"], outbound: ["O"] }),
  srcip: (value) => addressTest(1, value),
  dstip: (value) => addressTest(2, value),
  srcport: (value) => portTest(3, value),
  dstport: (value) => portTest(4, value),
  protocol: oneOf(5, { tcp: ["6", "T"], udp: ["17", "U"] }),
  action: oneOf(7, { allow: ["B", "C", "E"], deny: ["D"] }),
  encryption(value) {
    const wanted = value.toUpperCase();
    if (wanted === "NX_ALL") return (fields) => fields[8]?.startsWith("NX") ?? false;
    return /^N?X(?:_[A-Z_]+)?$/.test(wanted) ? (fields) => fields[8] === wanted : null;
  },
};

function oneOf(index: number, codes: Readonly<Record<string, readonly string[]>>) {
  return (value: string): Test | null => {
    const wanted = Object.hasOwn(codes, value.toLowerCase()) ? codes[value.toLowerCase()] : null;
    return wanted ? (fields) => wanted.includes(fields[index] ?? "") : null;
  };
}

function portTest(index: number, value: string): Test | null {
  const [, first, last = first] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(value) ?? [];
  if (first === undefined || Number(first) > Number(last) || Number(last) > 65_535) return null;
  return (fields) => {
    const port = Number(fields[index]);
    return port >= Number(first) && port <= Number(last);
  };
}

function addressTest(index: number, value: string): Test | null {
  const [text = "", lengthText, ...rest] = value.split("/");
  const address = readAddressBits(text);
  if (address === null || rest.length > 0) return null;
  const length = lengthText === undefined ? address.size : Number(lengthText);
  if (!/^\d{1,3}$/.test(lengthText ?? "0") || length > address.size) return null;
  const shift = BigInt(address.size - length);
  const network = address.bits >> shift;
  return (fields) => {
    const own = readAddressBits(fields[index] ?? "");
    return own?.size === address.size && own.bits >> shift === network;
  };
}

/** An address as a number of 32 or 128 bits; null for what is none. */
function readAddressBits(text: string): { size: 32 | 128; bits: bigint } | null {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split(".").map(Number);
    if (parts.some((part) => part > 255)) return null;
    return { size: 32, bits: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
  }
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(text) || !URL.canParse(`http://[${text}]`)) return null;
  // `URL` writes each form of an IPv6 address in the one of RFC 5952.
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const all = [...before, ...zeros, ...after];
  return { size: 128, bits: all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
}
