import { z } from "zod";
import { captureClass } from "../common/capture-class.ts";

/** azure-rest-api-specs 2024-05-01, PacketCaptureParameters. */
const bytesMax = 4_294_967_295;
const timeLimitInSecondsMax = 18_000;
const totalBytesPerSessionDefault = 1_073_741_824;
const filterCountMax = 100;
/** Nightcap's own: seconds out of the flight recorder's ring. */
const lookBackInSecondsMax = 3_600;
const filePathPrefix = "/var/captures/";

/** Error text with the value that was refused, so that nobody has to look for it. */
const refusal = (allowed: string) => ({
  error: ({ input }: { input?: unknown }): string =>
    `${JSON.stringify(input)?.slice(0, 200) ?? "nothing"} is not allowed: ${allowed}`,
});

const wholeNumber = (maximum: number, minimum = 0) =>
  z
    .int(refusal(`a whole number from ${minimum} to ${maximum} expected`))
    .min(minimum, refusal(`${minimum} to ${maximum}`))
    .max(maximum, refusal(`${minimum} to ${maximum}`));

const text = (lengthMax: number) =>
  z.string(refusal("a text expected")).max(lengthMax, `at most ${lengthMax} characters`);

/** Clients send null for what they leave out. */
const absent = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => value ?? undefined, schema.optional());

const protocolNames = new Map([
  ["tcp", "TCP"],
  ["udp", "UDP"],
  ["any", "Any"],
] as const);

const protocol = z.preprocess(
  (value) =>
    typeof value === "string" ? (protocolNames.get(value.toLowerCase() as "tcp") ?? value) : value,
  z.enum(["TCP", "UDP", "Any"], refusal("TCP, UDP or Any expected")),
);

/** One filter on the wire; its fields are joined by AND, several filters by OR. */
export const packetCaptureFilter = z.strictObject({
  protocol: z.preprocess((value) => value ?? "Any", protocol),
  localIPAddress: absent(text(4_096)),
  remoteIPAddress: absent(text(4_096)),
  localPort: absent(text(4_096)),
  remotePort: absent(text(4_096)),
});

export const packetCaptureFilters = z.preprocess(
  (value) => value ?? [],
  z.array(packetCaptureFilter).max(filterCountMax),
);

export type PacketCaptureFilter = z.infer<typeof packetCaptureFilter>;

/** The rule for Linux, of `filePath` and `localPath` alike. */
const hostPath = text(4_096)
  .startsWith(filePathPrefix, refusal(`a path that begins with "${filePathPrefix}" expected`))
  .endsWith(".cap", refusal('a path that ends with ".cap" expected'))
  .refine((path) => !path.split("/").includes(".."), refusal('a path without ".." expected'))
  .refine((path) => !path.includes("\0"), refusal("a path without NUL expected"));

const emptyAsAbsent = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" || value === null ? undefined : value), schema.optional());

const storageLocation = z.strictObject({
  storageId: emptyAsAbsent(text(2_048)),
  storagePath: emptyAsAbsent(text(4_096)),
  filePath: emptyAsAbsent(hostPath),
  localPath: emptyAsAbsent(hostPath),
});

const instanceNames = z.preprocess((value) => value ?? [], z.array(text(260)).max(1_000));

const scope = z.strictObject({ include: instanceNames, exclude: instanceNames });

const targetTypes = new Map([
  ["azurevm", "AzureVM"],
  ["azurevmss", "AzureVMSS"],
] as const);

const targetType = z.preprocess(
  (value) =>
    typeof value === "string"
      ? (targetTypes.get(value.toLowerCase() as "azurevm") ?? value)
      : (value ?? "AzureVM"),
  z.enum(["AzureVM", "AzureVMSS"], refusal("AzureVM or AzureVMSS expected")),
);

/** PacketCaptureSettings of the specification; a file or a count of nothing is refused. */
const captureSettings = z.strictObject({
  fileCount: z.preprocess((value) => value ?? 10, wholeNumber(10_000, 1)),
  fileSizeInBytes: z.preprocess((value) => value ?? 104_857_600, wholeNumber(bytesMax, 1)),
  sessionTimeLimitInSeconds: z.preprocess((value) => value ?? 86_400, wholeNumber(604_800, 1)),
});

/** The `properties` of a PUT, defaults filled in as Azure fills them. */
export const packetCaptureProperties = z
  .strictObject({
    /** Read-only: clients send back what they were answered. */
    provisioningState: z.unknown().optional(),
    target: text(2_048).min(1, "the id of a virtual machine or a scale set expected"),
    targetType,
    scope: z.preprocess((value) => value ?? {}, scope),
    bytesToCapturePerPacket: z.preprocess((value) => value ?? 0, wholeNumber(bytesMax)),
    totalBytesPerSession: z.preprocess(
      (value) => value ?? totalBytesPerSessionDefault,
      wholeNumber(bytesMax),
    ),
    timeLimitInSeconds: z.preprocess(
      (value) => value ?? timeLimitInSecondsMax,
      wholeNumber(timeLimitInSecondsMax),
    ),
    storageLocation,
    filters: packetCaptureFilters,
    /** Null: one file. True: a ring of files. False: files until there are as many as asked for. */
    continuousCapture: z.preprocess(
      (value) => value ?? null,
      z.boolean(refusal("true, false or null expected")).nullable(),
    ),
    captureSettings: absent(captureSettings),
    /** Nightcap's own: packets of so many seconds before `lookBackFrom`; 0: none. */
    lookBackInSeconds: z.preprocess((value) => value ?? 0, wholeNumber(lookBackInSecondsMax)),
    /** The moment of the alert; absent: when the host begins. */
    lookBackFrom: absent(
      z.iso.datetime({ offset: true, ...refusal("a time such as 2026-11-21T09:30:00Z expected") }),
    ),
    /** Nightcap's own: what stays of the packets that leave the host. */
    nightcapPrivacy: absent(
      z
        .strictObject({
          kind: z.enum(["headersOnly", "keepNames"], refusal("headersOnly or keepNames")),
          pseudonymise: z.preprocess((value) => value ?? false, z.boolean()),
          httpRequestLines: absent(z.boolean(refusal("true or false expected"))),
        })
        .refine(({ kind, httpRequestLines }) => kind === "keepNames" || !httpRequestLines, {
          path: ["httpRequestLines"],
          message: "true is only allowed with kind keepNames",
        }),
    ),
    /** Nightcap's own: captures with the same one have a report together. */
    nightcapGroup: absent(
      text(64).regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
        refusal('letters, digits, ".", "_" and "-" expected, a letter or digit first'),
      ),
    ),
    /** Nightcap's own: how long the files are kept; absent: by who asks. */
    nightcapClass: absent(z.enum(captureClass.options, refusal("evidence or bulk expected"))),
  })
  .superRefine(checkTogether)
  .transform((properties) => ({
    ...properties,
    captureSettings:
      properties.continuousCapture === null
        ? null
        : (properties.captureSettings ?? captureSettings.parse({})),
  }));

interface Together {
  targetType: string;
  scope: z.infer<typeof scope>;
  totalBytesPerSession: number;
  timeLimitInSeconds: number;
  storageLocation: z.infer<typeof storageLocation>;
  continuousCapture: boolean | null;
  captureSettings?: object | undefined;
  lookBackInSeconds: number;
  lookBackFrom?: string | undefined;
  nightcapPrivacy?: CapturePrivacy | undefined;
}

interface CapturePrivacy {
  kind: "headersOnly" | "keepNames";
  pseudonymise: boolean;
  httpRequestLines?: boolean | undefined;
}

/**
 * What may not stand beside what: the descriptions of the specification, and the checks of Azure's own
 * New-AzNetworkWatcherPacketCaptureV2. The two limits of a single file are taken at their defaults,
 * because Azure's client for Python always sends them.
 */
function checkTogether(properties: Together, context: z.RefinementCtx): void {
  const refuse: Refuse = (path, message) =>
    context.addIssue({ code: "custom", path: path.split("."), message });
  const { include, exclude } = properties.scope;
  const named = [...include, ...exclude];
  if (properties.targetType === "AzureVM" && named.length > 0) {
    const shown = JSON.stringify(named.slice(0, 5)).slice(0, 200);
    refuse("scope", `${shown} is not allowed: scope belongs to targetType AzureVMSS`);
  }
  checkPlace(properties, refuse);
  checkLimits(properties, refuse);
  checkLookBack(properties, refuse);
}

function checkLookBack(properties: Together, refuse: Refuse): void {
  const { lookBackInSeconds, lookBackFrom, continuousCapture } = properties;
  if (lookBackInSeconds > 0 && continuousCapture !== null) {
    const message = `${lookBackInSeconds} is not allowed with continuousCapture true or false, whose ring would overwrite the packets from before first: ask for a second capture, of one file, with the same nightcapGroup`;
    refuse("lookBackInSeconds", message);
  }
  if (lookBackInSeconds === 0 && lookBackFrom !== undefined) {
    refuse("lookBackFrom", `"${lookBackFrom}" is only allowed with lookBackInSeconds`);
  }
}

type Refuse = (path: string, message: string) => void;

function checkPlace({ storageLocation: place, continuousCapture }: Together, refuse: Refuse): void {
  if (place.storagePath !== undefined && place.storageId === undefined) {
    const message = "storagePath needs the storageId of the account that it is in";
    refuse("storageLocation.storagePath", message);
  }
  const single = continuousCapture === null;
  const [own, other] = single
    ? (["filePath", "localPath"] as const)
    : (["localPath", "filePath"] as const);
  if (place[other] !== undefined) {
    const when = single ? "with continuousCapture true or false" : "without continuousCapture";
    const shown = `${other} "${place[other].slice(0, 200)}"`;
    refuse(`storageLocation.${other}`, `${shown} is only allowed ${when}; use ${own}`);
  } else if (place.storageId === undefined && place[own] === undefined) {
    const message = `storageId or ${own} is required: nothing says where the capture goes`;
    refuse("storageLocation.storageId", message);
  }
}

function checkLimits(properties: Together, refuse: Refuse): void {
  const { totalBytesPerSession, timeLimitInSeconds, captureSettings: settings } = properties;
  if (properties.continuousCapture === null) {
    const message = "is only allowed with continuousCapture true or false";
    if (settings !== undefined) refuse("captureSettings", `${JSON.stringify(settings)} ${message}`);
    return;
  }
  const instead =
    "is not allowed with continuousCapture true or false: captureSettings has the limits then";
  if (totalBytesPerSession !== totalBytesPerSessionDefault) {
    refuse("totalBytesPerSession", `${totalBytesPerSession} ${instead}`);
  }
  if (timeLimitInSeconds !== timeLimitInSecondsMax) {
    refuse("timeLimitInSeconds", `${timeLimitInSeconds} ${instead}`);
  }
}

/**
 * Body of PUT packetCaptures. A field that is not known is refused by its name, as Azure refuses a member
 * that it cannot find: a limit that was misspelt would otherwise be none. The read-only ones may come back.
 */
export const packetCaptureRequest = z.strictObject({
  id: z.unknown().optional(),
  name: z.unknown().optional(),
  type: z.unknown().optional(),
  etag: z.unknown().optional(),
  properties: packetCaptureProperties,
});

export type PacketCaptureRequest = z.infer<typeof packetCaptureProperties>;

/** The `properties` of a capture as they are answered. */
export interface PacketCaptureProperties {
  target: string;
  targetType: "AzureVM" | "AzureVMSS";
  scope: { include: string[]; exclude: string[] };
  bytesToCapturePerPacket: number;
  totalBytesPerSession?: number;
  timeLimitInSeconds?: number;
  storageLocation: {
    storageId?: string;
    storagePath: string;
    filePath?: string;
    localPath?: string;
  };
  filters: PacketCaptureFilter[];
  continuousCapture?: boolean;
  captureSettings?: z.infer<typeof captureSettings>;
  lookBackInSeconds?: number;
  lookBackFrom?: string;
  nightcapPrivacy?: CapturePrivacy;
  nightcapGroup?: string;
  provisioningState: "Succeeded" | "Updating" | "Deleting" | "Failed";
}

/** Answer of `queryStatus`. */
export interface PacketCaptureStatus {
  name: string;
  id: string;
  captureStartTime?: string;
  packetCaptureStatus: "NotStarted" | "Running" | "Stopped" | "Error" | "Unknown";
  stopReason?: string;
  packetCaptureError: string[];
  /** Nightcap's own: what the capture does not cover; absent when there is nothing to say. */
  nightcap?: { warnings: { code: string; message: string }[] };
}

/** What a capture's properties are once the server has chosen the path. */
export function describePacketCapture(
  request: PacketCaptureRequest,
  storagePath: string,
): PacketCaptureProperties {
  const { storageId, filePath, localPath } = request.storageLocation;
  const { continuousCapture, captureSettings: settings } = request;
  const { totalBytesPerSession, timeLimitInSeconds } = request;
  const limits =
    continuousCapture === null || settings === null
      ? { totalBytesPerSession, timeLimitInSeconds }
      : { continuousCapture, captureSettings: settings };
  return {
    target: request.target,
    targetType: request.targetType,
    scope: request.scope,
    bytesToCapturePerPacket: request.bytesToCapturePerPacket,
    ...limits,
    storageLocation: {
      ...(storageId === undefined ? {} : { storageId }),
      storagePath,
      ...(filePath === undefined ? {} : { filePath }),
      ...(localPath === undefined ? {} : { localPath }),
    },
    filters: request.filters,
    ...(request.lookBackInSeconds > 0 ? { lookBackInSeconds: request.lookBackInSeconds } : {}),
    ...(request.lookBackFrom === undefined ? {} : { lookBackFrom: request.lookBackFrom }),
    ...(request.nightcapPrivacy ? { nightcapPrivacy: request.nightcapPrivacy } : {}),
    ...(request.nightcapGroup === undefined ? {} : { nightcapGroup: request.nightcapGroup }),
    provisioningState: "Succeeded",
  };
}
