import { z } from "zod";

/** Azure's limits (azure-rest-api-specs, PacketCaptureParameters). */
const bytesMax = 4_294_967_295;
export const timeLimitInSecondsMax = 18_000;
/** Of Nightcap's own property (docs/reference/api.md). */
const lookBackInSecondsMax = 3_600;
const filterCountMax = 100;
const filterText = z.string().max(4_096).exactOptional();

const filter = z.strictObject({
  protocol: z.enum(["TCP", "UDP", "Any"]).exactOptional(),
  localIPAddress: filterText,
  remoteIPAddress: filterText,
  localPort: filterText,
  remotePort: filterText,
});

/** What the responder does with an alert, wherever it runs. */
export const responderSettings = z
  .strictObject({
    /** Only alerts about machines of this subscription are answered; null: of any. */
    subscriptionId: z.string().min(1).max(100).nullable().default(null),
    /** Packet captures of one network watcher that may run at once; at it, none is made. */
    sessionCountMax: z.int().min(1).max(10_000).default(100),
    /**
     * Packet captures of one machine that may run at once, a person's too, and whether alerts share one that runs; for where
     * nothing is remembered. Null: incidents see to it, or nobody.
     */
    hostSessionCountMax: z.int().min(1).max(1_000).nullable().default(null),
    /** Resource id of the storage account that captures go to; null: none. */
    storageId: z.string().min(1).max(2_048).nullable().default(null),
    /** Directory on the captured host, where Azure wants it, for files that stay there; null: none. */
    fileDirectory: z
      .string()
      .max(1_024)
      .regex(/^\/var\/captures(\/[\w.-]+)*$/, 'a path at or below "/var/captures" expected')
      .refine((path) => !path.split("/").includes(".."), 'a path without ".." expected')
      .nullable()
      .default(null),
    /** Seconds that a capture records. */
    timeLimitInSeconds: z.int().min(1).max(timeLimitInSecondsMax).default(60),
    /** Seconds before the alert that are in the file too, out of the host's flight recorder; Azure has none: 0. */
    lookBackInSeconds: z.int().min(0).max(lookBackInSecondsMax).default(0),
    /** Bytes kept of each packet; 0 keeps whole packets. */
    bytesToCapturePerPacket: z.int().min(0).max(bytesMax).default(0),
    /** Bytes of the whole file; Azure's default is 1 GiB. */
    totalBytesPerSession: z.int().min(0).max(bytesMax).default(1_073_741_824),
    /** Azure's filters; none records everything. */
    filters: z.array(filter).max(filterCountMax).default([]),
    /** Milliseconds between two looks at a running capture. */
    pollIntervalMilliseconds: z.int().min(50).max(600_000).default(5_000),
    /** Milliseconds that a notification waits for the report of a finished capture. */
    reportWaitMilliseconds: z.int().min(0).max(3_600_000).default(60_000),
  })
  .refine(({ storageId, fileDirectory }) => storageId !== null || fileDirectory !== null, {
    message: "storageId or fileDirectory is required: nothing says where captures go",
  });

export type ResponderSettings = Readonly<z.infer<typeof responderSettings>>;
