import { app, HttpRequest, type HttpResponseInit } from "@azure/functions";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { answerFunctionCall, registerAzureFunction } from "../../src/responder/azure-function.ts";
import type { Job } from "../../src/responder/job.ts";
import { memoryDocumentTable } from "../../src/responder/memory-documents.ts";
import { accountId } from "../provider/control-plane.ts";
import { legacyAlert } from "./alerts.ts";
import { type ArmBed, startArmBed } from "./arm-bed.ts";
import { openResponder } from "./open-responder.ts";

let bed: ArmBed;

beforeAll(async () => {
  bed = await startArmBed();
  bed.captureMilliseconds = 500;
});

afterAll(() => bed.close());

const functionCall = (body: string) =>
  new HttpRequest({
    method: "POST",
    url: "https://app.azurewebsites.net/api/responder",
    headers: { "content-type": "application/json" },
    body: { string: body },
  });

const textOf = ({ body }: HttpResponseInit): string => (typeof body === "string" ? body : "");

test("the answer comes when ARM has confirmed the capture; the rest goes on behind it", async () => {
  const responder = await openResponder(bed, { jobs: memoryDocumentTable<Job>() });
  const loop = responder.start();
  const answer = await answerFunctionCall(functionCall(JSON.stringify(legacyAlert())), responder);
  expect(answer.status).toBe(202);
  expect(JSON.parse(textOf(answer))).toMatchObject({
    status: "accepted",
    jobs: [{ step: "poll", capture: { name: expect.stringMatching(/^alert-net-out-web-1-/) } }],
  });
  expect(await bed.captureNames()).toHaveLength(1);
  await expect.poll(() => bed.received.length, { timeout: 20_000 }).toBe(1);
  await loop.close();
  await responder.close();
});

test("a second delivery in a new process finds the first one's capture in ARM", async () => {
  const responder = await openResponder(bed, { jobs: memoryDocumentTable<Job>() });
  const answer = await answerFunctionCall(functionCall(JSON.stringify(legacyAlert())), responder);
  expect(answer.status).toBe(202);
  expect(await bed.captureNames()).toHaveLength(1);
  expect(bed.startedCount()).toBe(1);
  expect(new Set(bed.received.map(({ id }) => id)).size).toBe(1);
  await responder.close();
});

test("malformed and resolved alerts are answered as at the local door", async () => {
  const responder = await openResponder(bed, { jobs: memoryDocumentTable<Job>() });
  const malformed = await answerFunctionCall(functionCall("{"), responder);
  expect(malformed.status).toBe(400);
  expect(textOf(malformed)).toContain("AlertUnreadable");
  const resolved = JSON.stringify(legacyAlert({ status: "Deactivated" }));
  expect((await answerFunctionCall(functionCall(resolved), responder)).status).toBe(200);
  await responder.close();
});

test("it registers one function for POST at level function, and reads its settings at the first call", async () => {
  const registered = vi.spyOn(app, "http").mockImplementation(() => {});
  const caFile = join(bed.directory, "bed-ca.pem");
  await writeFile(caFile, bed.ca);
  const registration = registerAzureFunction({
    AzureTenant: bed.connection.tenantId,
    AzureClientId: bed.connection.clientId,
    AzureCredPassword: bed.connection.clientSecret,
    NightcapResourceManagerUrl: bed.url,
    NightcapAuthorityHost: bed.url,
    NightcapCaFile: caFile,
    NightcapStorageAccountId: accountId,
    PATH: "/bin",
  });
  const [name, options] = registered.mock.calls[0] ?? [];
  registered.mockRestore();
  expect({ name, methods: options?.methods, authLevel: options?.authLevel }).toEqual({
    name: "responder",
    methods: ["POST"],
    authLevel: "function",
  });
  const call = functionCall(JSON.stringify(legacyAlert({ rule: "registered" })));
  const answer = await options?.handler(call, {} as never);
  expect(answer).toMatchObject({ status: 202 });
  expect((await bed.captureNames()).some((one) => one.startsWith("alert-registered-"))).toBe(true);
  await registration.close();
});
