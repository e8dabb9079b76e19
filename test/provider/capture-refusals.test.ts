// Values of a packet capture that are refused, each with the part that is wrong. Nothing is made by them, so one
// control plane serves them all.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accountId,
  blobEndpoint,
  type ControlPlane,
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const { credential } = plane.clients(await plane.identity.createClient("test"));
  token = (await credential.getToken(`${plane.base}/.default`)).token;
});
afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const storageLocation = { storageId: accountId };
const put = (name: string, properties: Record<string, unknown>) =>
  plane.raw("PUT", `${watcherId}/packetCaptures/${name}?api-version=2025-05-01`, {
    token,
    body: { properties: { target: machineId, storageLocation, ...properties } },
  });
const errorOf = ({ status: code, body }: { status: number; body: unknown }) => ({
  status: code,
  ...(body as { error: { code: string; message: string } }).error,
});
const ring = (captureSettings: Record<string, unknown>) => ({
  continuousCapture: true,
  captureSettings,
});

test.each([
  ["bytes", { bytesToCapturePerPacket: -1 }, "InvalidRequestContent", "-1"],
  ["total", { totalBytesPerSession: 4_294_967_296 }, "InvalidRequestContent", "4294967296"],
  ["time", { timeLimitInSeconds: 18_001 }, "InvalidRequestContent", "18001"],
  ["fraction", { timeLimitInSeconds: 1.5 }, "InvalidRequestContent", "1.5"],
  ["text", { timeLimitInSeconds: "60" }, "InvalidRequestContent", "60"],
  ["protocol", { filters: [{ protocol: "ICMP" }] }, "InvalidRequestContent", "ICMP"],
  ["port", { filters: [{ remotePort: "70000" }] }, "CaptureFilterInvalid", "70000"],
  ["no place", { storageLocation: {} }, "InvalidRequestContent", "storageId or filePath"],
  [
    "outside",
    { storageLocation: { filePath: "/etc/a.cap" } },
    "InvalidRequestContent",
    "/etc/a.cap",
  ],
  [
    "dots",
    { storageLocation: { filePath: "/var/captures/../a.cap" } },
    "InvalidRequestContent",
    '".."',
  ],
  [
    "ending",
    { storageLocation: { filePath: "/var/captures/a.pcap" } },
    "InvalidRequestContent",
    ".cap",
  ],
  [
    "local",
    { storageLocation: { localPath: "/var/captures/x.cap" } },
    "InvalidRequestContent",
    'localPath "/var/captures/x.cap" is only allowed',
  ],
  ["account", { storageLocation: { storageId: `${accountId}2` } }, "InvalidParameter", "captures2"],
  [
    "elsewhere",
    { storageLocation: { storageId: accountId, storagePath: "https://192.0.2.1/c/a.cap" } },
    "InvalidParameter",
    "192.0.2.1",
  ],
  [
    "traversal",
    { storageLocation: { storageId: accountId, storagePath: `${blobEndpoint}abc/../../a.cap` } },
    "InvalidParameter",
    "..",
  ],
  [
    "continuous",
    { continuousCapture: "yes" },
    "InvalidRequestContent",
    '"yes" is not allowed: true, false or null expected',
  ],
  [
    "look-back",
    { lookBackInSeconds: 3_601 },
    "InvalidRequestContent",
    "3601 is not allowed: 0 to 3600",
  ],
  [
    "moment of no look-back",
    { lookBackFrom: "2026-11-21T04:00:00Z" },
    "InvalidRequestContent",
    '"2026-11-21T04:00:00Z" is only allowed with lookBackInSeconds',
  ],
  [
    "look-back of several",
    { ...ring({}), lookBackInSeconds: 60 },
    "InvalidRequestContent",
    "60 is not allowed with continuousCapture",
  ],
  [
    "settings of no ring",
    { captureSettings: { fileCount: 2 } },
    "InvalidRequestContent",
    "only allowed with continuousCapture",
  ],
  [
    "files",
    ring({ fileCount: 10_001 }),
    "InvalidRequestContent",
    "10001 is not allowed: 1 to 10000",
  ],
  ["no file", ring({ fileCount: 0 }), "InvalidRequestContent", "0 is not allowed"],
  [
    "file size",
    ring({ fileSizeInBytes: 4_294_967_296 }),
    "InvalidRequestContent",
    "4294967296 is not allowed: 1 to 4294967295",
  ],
  [
    "session time",
    ring({ sessionTimeLimitInSeconds: 604_801 }),
    "InvalidRequestContent",
    "604801 is not allowed: 1 to 604800",
  ],
  [
    "time of one file for several",
    { ...ring({}), timeLimitInSeconds: 60 },
    "InvalidRequestContent",
    "timeLimitInSeconds: 60 is not allowed with continuousCapture",
  ],
  [
    "size of one file for several",
    { ...ring({}), totalBytesPerSession: 5_000 },
    "InvalidRequestContent",
    "totalBytesPerSession: 5000 is not allowed with continuousCapture",
  ],
  [
    "file path of several",
    { continuousCapture: false, storageLocation: { filePath: "/var/captures/a.cap" } },
    "InvalidRequestContent",
    "filePath",
  ],
  [
    "no place for several",
    { continuousCapture: true, storageLocation: {} },
    "InvalidRequestContent",
    "storageId or localPath is required",
  ],
  [
    "local path outside",
    { continuousCapture: true, storageLocation: { localPath: "/home/a.cap" } },
    "InvalidRequestContent",
    "/home/a.cap",
  ],
  ["type", { targetType: "AzureVMs" }, "InvalidRequestContent", '"AzureVMs" is not allowed'],
  [
    "scope of one machine",
    { scope: { include: ["web-1"] } },
    "InvalidRequestContent",
    "scope belongs to targetType AzureVMSS",
  ],
  ["machine as set", { targetType: "AzureVMSS" }, "InvalidParameter", "virtualMachineScaleSets"],
  ["target kind", { target: accountId }, "InvalidParameter", "Microsoft.Storage/storageAccounts"],
  ["no id", { target: "web-1" }, "InvalidRequest", "web-1"],
])("refuses a wrong value and says which: %s", async (_name, properties, code, part) => {
  const answer = errorOf(await put("a", properties));
  expect(answer).toMatchObject({ status: 400, code, message: expect.stringContaining(part) });
  expect(await plane.state.documents("captureSessions").count()).toBe(0);
});
