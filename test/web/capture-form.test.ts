import { expect, test } from "vitest";
import { ApiError } from "../../src/web/api/request.ts";
import { azText } from "../../src/web/pages/captures/form/command-text.ts";
import { problemsOf, refusalsOf } from "../../src/web/pages/captures/form/form-problems.ts";
import {
  emptyFilter,
  emptyForm,
  type FormState,
  propertiesOf,
} from "../../src/web/pages/captures/form/form-state.ts";

const group = "/subscriptions/s/resourceGroups/g/providers";
const form: FormState = {
  ...emptyForm,
  targetId: `${group}/Microsoft.Compute/virtualMachines/web-1`,
  storageId: `${group}/Microsoft.Storage/storageAccounts/store`,
  name: "first",
};
const id = `${group}/Microsoft.Network/networkWatchers/w/packetCaptures/first`;
const fields = (changes: Partial<FormState>): string[] => {
  const changed = { ...form, ...changes };
  return problemsOf(changed.name, propertiesOf(changed)).map(({ field }) => field);
};

test("what is written becomes Azure's properties, in bytes and seconds", () => {
  const filters = [{ ...emptyFilter(1), localPort: " 443 " }];
  expect(propertiesOf({ ...form, filters, lookBack: { text: "1,5", unit: "min" } })).toEqual({
    target: form.targetId,
    totalBytesPerSession: 1 << 30,
    timeLimitInSeconds: 60,
    storageLocation: { storageId: form.storageId },
    filters: [{ protocol: "TCP", localPort: "443" }],
    lookBackInSeconds: 90,
  });
  expect(propertiesOf({ ...form, mode: "ring", filePath: "/var/captures/a.cap" })).toMatchObject({
    continuousCapture: true,
    captureSettings: {
      fileCount: 10,
      fileSizeInBytes: 100 << 20,
      sessionTimeLimitInSeconds: 86_400,
    },
    storageLocation: { localPath: "/var/captures/a.cap" },
  });
});

test("the form as it comes is refused for its name alone, and takes each mode", () => {
  expect(fields({ name: "" })).toEqual(["name"]);
  expect(fields({})).toEqual([]);
  expect(fields({ mode: "several", privacy: "keepNames", requestLines: true })).toEqual([]);
  const scope = { scope: "exclude", instances: ["web-2"] } as const;
  const targetType = "AzureVMSS";
  expect(fields({ targetType, ...scope, instances: [...scope.instances] })).toEqual([]);
});

test.each<[Partial<FormState>, string]>([
  [{ packetBytes: "many" }, "bytesToCapturePerPacket"],
  [{ totalBytes: { text: "5", unit: "GiB" } }, "totalBytesPerSession"],
  [{ time: { text: "6", unit: "h" } }, "timeLimitInSeconds"],
  [{ mode: "ring", fileCount: "0" }, "captureSettings.fileCount"],
  [{ mode: "ring", lookBack: { text: "1", unit: "min" } }, "lookBackInSeconds"],
  [{ storageId: "" }, "storageLocation.storageId"],
  [{ filePath: "/tmp/a.cap" }, "storageLocation.filePath"],
  [
    { filters: [emptyFilter(1), { ...emptyFilter(2), remotePort: "80-" }] },
    "filters[1].remotePort",
  ],
  [{ group: "a b" }, "nightcapGroup"],
])("%j is told at its field", (changes, field) => {
  expect(fields(changes)).toEqual([field]);
});

test("a refusal stands at the field that it names", () => {
  const refusal = (message: string, details: object[] = []) =>
    refusalsOf(new ApiError(400, "X", message, { error: { details } }))[0]?.field;
  expect(refusal("x", [{ target: "properties.filters.0.localPort", message: "no" }])).toBe(
    "filters[0].localPort",
  );
  expect(refusal('storagePath "x" is not allowed')).toBe("storageLocation.storagePath");
  expect(refusal("packet capture /a/b exists already: choose another name")).toBe("name");
  expect(refusal("5 packet captures are running")).toBe("");
});

test("az makes the same capture by itself where it can, and by az rest where it would leave something out", () => {
  const filters = [{ ...emptyFilter(1), remotePort: "80;81;" }];
  expect(azText(id, propertiesOf({ ...form, filters }))).toBe(
    [
      "az network watcher packet-capture create",
      "-g g",
      "--vm web-1",
      "-n first",
      `--storage-account ${form.storageId}`,
      "--capture-limit 1073741824",
      "--time-limit 60",
      `--filters '[{"protocol":"TCP","remotePort":"80;81;"}]'`,
    ].join(" \\\n  "),
  );
  const own = azText(id, propertiesOf({ ...form, group: "it's" }));
  expect(own).toMatch(/^az rest --method put/);
  expect(own).toContain(String.raw`"nightcapGroup":"it'\''s"`);
});
