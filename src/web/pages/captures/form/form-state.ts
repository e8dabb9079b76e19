import type { PacketCaptureFilter } from "../../../../arm/packet-capture.ts";

/** A number as it is written, and what it counts. */
export interface Amount {
  text: string;
  unit: string;
}

/** One filter as it is written; `id` tells it from the others. */
export interface FilterDraft {
  id: number;
  protocol: PacketCaptureFilter["protocol"];
  localIPAddress: string;
  localPort: string;
  remoteIPAddress: string;
  remotePort: string;
}

/** One file, a ring of files, or files until all are full. */
export type FileMode = "one" | "ring" | "several";
export type ScopeMode = "all" | "include" | "exclude";

/** The form as it is written: texts and choices, which may be wrong. */
export interface FormState {
  targetId: string;
  targetType: "AzureVM" | "AzureVMSS";
  scope: ScopeMode;
  instances: string[];
  name: string;
  mode: FileMode;
  packetBytes: string;
  totalBytes: Amount;
  time: Amount;
  fileCount: string;
  fileSize: Amount;
  sessionTime: Amount;
  storageId: string;
  storagePath: string;
  filePath: string;
  filters: FilterDraft[];
  lookBack: Amount;
  /** Of the reader's zone, as `datetime-local` has it. */
  lookBackFrom: string;
  privacy: "none" | "headersOnly" | "keepNames";
  pseudonymise: boolean;
  requestLines: boolean;
  class: "" | "evidence" | "bulk";
  group: string;
}

export const sizeUnits: Readonly<Record<string, number>> = {
  bytes: 1,
  KiB: 1 << 10,
  MiB: 1 << 20,
  GiB: 1 << 30,
};
export const timeUnits: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600 };

/** Azure's own defaults, but for the time: five hours are more than anybody means. */
export const emptyForm: FormState = {
  targetId: "",
  targetType: "AzureVM",
  scope: "all",
  instances: [],
  name: "",
  mode: "one",
  packetBytes: "",
  totalBytes: { text: "1", unit: "GiB" },
  time: { text: "1", unit: "min" },
  fileCount: "10",
  fileSize: { text: "100", unit: "MiB" },
  sessionTime: { text: "24", unit: "h" },
  storageId: "",
  storagePath: "",
  filePath: "",
  filters: [],
  lookBack: { text: "0", unit: "s" },
  lookBackFrom: "",
  privacy: "none",
  pseudonymise: false,
  requestLines: false,
  class: "",
  group: "",
};

export const emptyFilter = (id: number): FilterDraft => ({
  id,
  protocol: "TCP",
  localIPAddress: "",
  localPort: "",
  remoteIPAddress: "",
  remotePort: "",
});

export type CaptureProperties = Readonly<Record<string, unknown>>;

/** The `properties` of the PUT; what cannot be read stays a text, which the API's own check refuses by its name. */
export function propertiesOf(form: FormState): CaptureProperties {
  const isSet = form.targetType === "AzureVMSS";
  return withoutAbsent({
    target: form.targetId,
    ...(isSet ? { targetType: form.targetType, scope: scopeOf(form) } : {}),
    bytesToCapturePerPacket: wholeOf(form.packetBytes, 1),
    ...limitsOf(form),
    storageLocation: placeOf(form),
    filters: form.filters.length === 0 ? undefined : form.filters.map(filterOf),
    ...beforeOf(form),
    nightcapPrivacy: privacyOf(form),
    nightcapClass: textOf(form.class),
    nightcapGroup: textOf(form.group),
  });
}

function scopeOf({ scope, instances }: FormState): CaptureProperties | undefined {
  return scope === "all" ? undefined : { [scope]: instances };
}

function limitsOf(form: FormState): CaptureProperties {
  if (form.mode === "one") {
    return {
      totalBytesPerSession: amountOf(form.totalBytes, sizeUnits),
      timeLimitInSeconds: amountOf(form.time, timeUnits),
    };
  }
  return {
    continuousCapture: form.mode === "ring",
    captureSettings: withoutAbsent({
      fileCount: wholeOf(form.fileCount, 1),
      fileSizeInBytes: amountOf(form.fileSize, sizeUnits),
      sessionTimeLimitInSeconds: amountOf(form.sessionTime, timeUnits),
    }),
  };
}

const placeOf = ({ storageId, storagePath, filePath, mode }: FormState): CaptureProperties =>
  withoutAbsent({
    storageId: textOf(storageId),
    storagePath: storageId === "" ? undefined : textOf(storagePath),
    [mode === "one" ? "filePath" : "localPath"]: textOf(filePath),
  });

const filterOf = (filter: FilterDraft): CaptureProperties =>
  withoutAbsent({
    protocol: filter.protocol,
    localIPAddress: textOf(filter.localIPAddress),
    localPort: textOf(filter.localPort),
    remoteIPAddress: textOf(filter.remoteIPAddress),
    remotePort: textOf(filter.remotePort),
  });

function beforeOf({ lookBack, lookBackFrom }: FormState): CaptureProperties {
  const lookBackInSeconds = amountOf(lookBack, timeUnits) ?? 0;
  const from = lookBackFrom === "" ? undefined : new Date(lookBackFrom).toISOString();
  return lookBackInSeconds === 0 ? {} : { lookBackInSeconds, lookBackFrom: from };
}

function privacyOf({ privacy, pseudonymise, requestLines }: FormState): object | undefined {
  if (privacy === "none") return undefined;
  const lines = privacy === "keepNames" && requestLines ? { httpRequestLines: true } : {};
  return { kind: privacy, pseudonymise, ...lines };
}

const amountOf = (
  { text, unit }: Amount,
  units: Readonly<Record<string, number>>,
): number | string | undefined => wholeOf(text, units[unit] ?? 1);

/** `1.5` GiB are whole bytes as well. */
function wholeOf(text: string, factor: number): number | string | undefined {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? Math.round(value * factor) : text;
}

const textOf = (text: string): string | undefined => (text.trim() === "" ? undefined : text.trim());

const withoutAbsent = (properties: Record<string, unknown>): CaptureProperties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
