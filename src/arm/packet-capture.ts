import { z } from "zod";

/** azure-rest-api-specs 2024-05-01, PacketCaptureParameters. */
const bytesMax = 4_294_967_295;
const timeLimitInSecondsMax = 18_000;
const filterCountMax = 100;
const filePathPrefix = "/var/captures/";

/** Error text with the value that was refused, so that nobody has to look for it. */
const refusal = (allowed: string) => ({
  error: ({ input }: { input?: unknown }): string =>
    `${JSON.stringify(input)?.slice(0, 200) ?? "nothing"} is not allowed: ${allowed}`,
});

const wholeNumber = (maximum: number) =>
  z
    .int(refusal(`a whole number from 0 to ${maximum} expected`))
    .min(0, refusal(`0 to ${maximum}`))
    .max(maximum, refusal(`0 to ${maximum}`));

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
export const packetCaptureFilter = z.object({
  protocol: z.preprocess((value) => value ?? "Any", protocol),
  localIPAddress: absent(text(4_096)),
  remoteIPAddress: absent(text(4_096)),
  localPort: absent(text(4_096)),
  remotePort: absent(text(4_096)),
});

const filePath = text(4_096)
  .startsWith(filePathPrefix, refusal(`a path that begins with "${filePathPrefix}" expected`))
  .endsWith(".cap", refusal('a path that ends with ".cap" expected'))
  .refine((path) => !path.split("/").includes(".."), refusal('a path without ".." expected'))
  .refine((path) => !path.includes("\0"), refusal("a path without NUL expected"));

const emptyAsAbsent = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" || value === null ? undefined : value), schema.optional());

const storageLocation = z
  .object({
    storageId: emptyAsAbsent(text(2_048)),
    storagePath: emptyAsAbsent(text(4_096)),
    filePath: emptyAsAbsent(filePath),
    localPath: emptyAsAbsent(text(4_096)),
  })
  .superRefine((location, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (location.localPath !== undefined) {
      refuse("localPath", "not supported: localPath belongs to continuous captures");
    } else if (location.storageId === undefined && location.filePath === undefined) {
      refuse("storageId", "storageId or filePath is required: nothing says where the capture goes");
    }
    if (location.storagePath !== undefined && location.storageId === undefined) {
      refuse("storagePath", "storagePath needs the storageId of the account that it is in");
    }
  });

const scopeNames = z
  .object({
    include: absent(z.array(z.string()).max(1_000)),
    exclude: absent(z.array(z.string()).max(1_000)),
  })
  .optional();

const notSupported = (what: string) =>
  z.preprocess(
    (value) => value ?? undefined,
    z.undefined({ error: () => `not supported: ${what}` }).optional(),
  );

/** The `properties` of a PUT, defaults filled in as Azure fills them. */
export const packetCaptureProperties = z.object({
  target: text(2_048).min(1, "the id of a virtual machine expected"),
  targetType: z.preprocess(
    (value) => value ?? "AzureVM",
    z.literal("AzureVM", {
      error: ({ input }) =>
        input === "AzureVMSS"
          ? "not supported: targetType AzureVMSS (scale sets); name one virtual machine"
          : refusal("AzureVM expected").error({ input }),
    }),
  ),
  scope: z.preprocess((value) => value ?? undefined, scopeNames),
  bytesToCapturePerPacket: z.preprocess((value) => value ?? 0, wholeNumber(bytesMax)),
  totalBytesPerSession: z.preprocess((value) => value ?? 1_073_741_824, wholeNumber(bytesMax)),
  timeLimitInSeconds: z.preprocess(
    (value) => value ?? timeLimitInSecondsMax,
    wholeNumber(timeLimitInSecondsMax),
  ),
  storageLocation,
  filters: z.preprocess((value) => value ?? [], z.array(packetCaptureFilter).max(filterCountMax)),
  continuousCapture: notSupported("continuousCapture; leave it out or null"),
  captureSettings: notSupported(
    "captureSettings, which belongs to continuous captures; leave it out or null",
  ),
});

/** Body of PUT packetCaptures; fields that are not ours are ignored, as Azure ignores them. */
export const packetCaptureRequest = z.object({ properties: packetCaptureProperties });

export type PacketCaptureRequest = z.infer<typeof packetCaptureProperties>;

/** The `properties` of a capture as they are answered. */
export interface PacketCaptureProperties {
  target: string;
  targetType: "AzureVM";
  scope: { include: string[]; exclude: string[] };
  bytesToCapturePerPacket: number;
  totalBytesPerSession: number;
  timeLimitInSeconds: number;
  storageLocation: { storageId?: string; storagePath: string; filePath?: string };
  filters: z.infer<typeof packetCaptureFilter>[];
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
}

/** What a capture's properties are once the server has chosen the path. */
export function describePacketCapture(
  request: PacketCaptureRequest,
  storagePath: string,
): PacketCaptureProperties {
  const { storageId, filePath: path } = request.storageLocation;
  return {
    target: request.target,
    targetType: "AzureVM",
    scope: { include: request.scope?.include ?? [], exclude: request.scope?.exclude ?? [] },
    bytesToCapturePerPacket: request.bytesToCapturePerPacket,
    totalBytesPerSession: request.totalBytesPerSession,
    timeLimitInSeconds: request.timeLimitInSeconds,
    storageLocation: {
      ...(storageId === undefined ? {} : { storageId }),
      storagePath,
      ...(path === undefined ? {} : { filePath: path }),
    },
    filters: request.filters,
    provisioningState: "Succeeded",
  };
}
