// Which process owned a socket, as it is written beside a capture: one JSON object a line, and a closing line.

/** One observation of a socket and of the process that held it. */
export interface SocketOwner {
  protocol: "tcp" | "udp";
  localAddress: string;
  localPort: number;
  /** Both null of a socket that listens, or is connected to nobody. */
  remoteAddress: string | null;
  remotePort: number | null;
  /** Null, as what follows from it, when no process was found that holds the socket. */
  pid: number | null;
  executable: string | null;
  /** Trimmed, and secrets in it masked; null also where it is not to be kept. */
  commandLine: string | null;
  /** Of the process; of the socket when no process was found. */
  uid: number | null;
  user: string | null;
  cgroup: string | null;
  /** The systemd unit. */
  unit: string | null;
  container: string | null;
  /** When it was seen first and last: milliseconds since the epoch, of the host's clock. */
  firstSeen: number;
  lastSeen: number;
}

/** The closing line: what the looks at the sockets could not do. */
export interface OwnersSummary {
  /** Sockets in the lines above. */
  sockets: number;
  /** Of these, sockets whose process was not found. */
  withoutProcess: number;
  /** Sockets that the kernel told of at their end and that no look had seen. */
  missedSockets: number;
  /** Observations left away because a bound was reached. */
  overflow: number;
  scans: number;
  /** Scans put off because the ones before had cost too much. */
  scansDelayed: number;
  /** False where the kernel does not tell of ended sockets: those that were missed are not counted. */
  countsMissed: boolean;
  /** The span that the lines cover; milliseconds since the epoch. */
  from: number;
  to: number;
  /** The host's own addresses, so that a socket open on all of them is found by each. */
  localAddresses: string[];
}

export interface OwnersFile {
  owners: SocketOwner[];
  /** Null when the closing line is not there: the file was cut. */
  summary: OwnersSummary | null;
  /** Lines that are neither, and lines beyond the bounds. */
  malformedLines: number;
  overflowLines: number;
}

export const ownerCountMax = 200_000;
const lineLengthMax = 16_384;
const textLengthMax = 4_096;
const localAddressCountMax = 1_024;

export const ownerLine = (owner: SocketOwner): string => `${JSON.stringify(owner)}\n`;
export const summaryLine = (summary: OwnersSummary): string => `${JSON.stringify(summary)}\n`;

/** Reads an owners file; what is not as it should be is counted and left out, never an error. */
export async function readOwners(source: AsyncIterable<Uint8Array>): Promise<OwnersFile> {
  const file: OwnersFile = { owners: [], summary: null, malformedLines: 0, overflowLines: 0 };
  const decoder = new TextDecoder();
  let rest = "";
  let isTooLong = false;
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      takeLine(file, isTooLong ? null : line);
      isTooLong = false;
    }
    if (rest.length > lineLengthMax) {
      isTooLong = true;
      rest = "";
    }
  }
  rest += decoder.decode();
  if (rest !== "" || isTooLong) takeLine(file, isTooLong ? null : rest);
  return file;
}

/** Null is a line that was too long. */
function takeLine(file: OwnersFile, line: string | null): void {
  if (line?.trim() === "") return;
  const value = line === null || line.length > lineLengthMax ? null : parsed(line);
  const owner = value && ownerOf(value);
  if (owner) {
    if (file.owners.length < ownerCountMax) file.owners.push(owner);
    else file.overflowLines++;
    return;
  }
  const summary = value && summaryOf(value);
  if (summary) file.summary = summary;
  else file.malformedLines++;
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function ownerOf(fields: Fields): SocketOwner | null {
  const { protocol } = fields;
  const localAddress = address(fields["localAddress"]);
  const localPort = whole(fields["localPort"], 65_535);
  const firstSeen = time(fields["firstSeen"]);
  const lastSeen = time(fields["lastSeen"]);
  if (protocol !== "tcp" && protocol !== "udp") return null;
  if (localAddress === null || localPort === null) return null;
  if (firstSeen === null || lastSeen === null || lastSeen < firstSeen) return null;
  const remoteAddress = address(fields["remoteAddress"]);
  const remotePort = whole(fields["remotePort"], 65_535);
  const isConnected = remoteAddress !== null && remotePort !== null;
  return {
    protocol,
    localAddress,
    localPort,
    remoteAddress: isConnected ? remoteAddress : null,
    remotePort: isConnected ? remotePort : null,
    pid: whole(fields["pid"], 0x7fff_ffff),
    executable: text(fields["executable"]),
    commandLine: text(fields["commandLine"]),
    uid: whole(fields["uid"], 0xffff_ffff),
    user: text(fields["user"]),
    cgroup: text(fields["cgroup"]),
    unit: text(fields["unit"]),
    container: text(fields["container"]),
    firstSeen,
    lastSeen,
  };
}

function summaryOf(fields: Fields): OwnersSummary | null {
  const count = (name: string): number | null => whole(fields[name], Number.MAX_SAFE_INTEGER);
  const missedSockets = count("missedSockets");
  const scans = count("scans");
  if (missedSockets === null || scans === null) return null;
  const listed: unknown[] = Array.isArray(fields["localAddresses"]) ? fields["localAddresses"] : [];
  return {
    sockets: count("sockets") ?? 0,
    withoutProcess: count("withoutProcess") ?? 0,
    missedSockets,
    overflow: count("overflow") ?? 0,
    scans,
    scansDelayed: count("scansDelayed") ?? 0,
    countsMissed: fields["countsMissed"] !== false,
    from: time(fields["from"]) ?? 0,
    to: time(fields["to"]) ?? 0,
    localAddresses: listed
      .slice(0, localAddressCountMax)
      .map(address)
      .filter((one) => one !== null),
  };
}

const whole = (value: unknown, greatest: number): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= greatest
    ? value
    : null;

/** Greatest time of a Date. */
const time = (value: unknown): number | null =>
  typeof value === "number" && value >= 0 && value <= 8_640_000_000_000_000 ? value : null;

const text = (value: unknown): string | null =>
  typeof value === "string" ? value.slice(0, textLengthMax) : null;

const address = (value: unknown): string | null =>
  typeof value === "string" && /^[0-9a-f.:]{2,45}$/.test(value) ? value : null;
