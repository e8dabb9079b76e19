import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryDocumentTable } from "../../src/responder/memory-documents.ts";
import type { Job } from "../../src/responder/job.ts";
import { hasFunctionKey, newFunctionKey } from "../../src/responder/function-keys.ts";
import { createAlertDoor } from "../../src/responder/doors/alert-door.ts";
import { alertRequest, legacyAlert } from "./alerts.ts";
import { type ArmBed, startArmBed } from "./arm-bed.ts";
import { functionKey, openResponder } from "./open-responder.ts";

let bed: ArmBed;
let responder: Awaited<ReturnType<typeof openResponder>>;

beforeAll(async () => {
  bed = await startArmBed();
  responder = await openResponder(bed, { jobs: memoryDocumentTable<Job>() });
});

afterAll(async () => {
  await responder.close();
  await bed.close();
});

const header = (key: string) => ({ "x-functions-key": key });
const answer = async (request: Request) => {
  const response = await responder.handler(request);
  const body = (await response.json()) as { error?: { code: string; message: string } };
  return { status: response.status, ...body.error };
};
const alert = legacyAlert();

test("the key opens as a header or as ?code=", async () => {
  expect((await answer(alertRequest(alert, header(functionKey)))).status).toBe(202);
  expect((await answer(alertRequest(alert, {}, `?code=${functionKey}`))).status).toBe(202);
});

test("the header wins over ?code=, right or wrong", async () => {
  expect((await answer(alertRequest(alert, header(functionKey), "?code=wrong"))).status).toBe(202);
  const wrong = alertRequest(alert, header("wrong"), `?code=${functionKey}`);
  expect((await answer(wrong)).status).toBe(401);
  expect((await answer(alertRequest(alert, header(""), `?code=${functionKey}`))).status).toBe(401);
});

test("a missing or wrong key is 401 and nothing is read", async () => {
  expect(await answer(alertRequest(alert, {}))).toEqual({
    status: 401,
    code: "AuthenticationFailed",
    message: "function key is missing or wrong: send it as header x-functions-key or as ?code=",
  });
  expect((await answer(alertRequest("not json", header(`${functionKey}k`)))).status).toBe(401);
});

test("without a key of its own the door stays shut", async () => {
  const shut = createAlertDoor({ keys: [], handle: responder.handle });
  expect((await shut(alertRequest(alert))).status).toBe(401);
  const empty = createAlertDoor({ keys: [""], handle: responder.handle });
  expect((await empty(alertRequest(alert, header("")))).status).toBe(401);
});

test("a new key is 32 bytes in URL-safe base64 and opens", () => {
  const key = newFunctionKey();
  expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(hasFunctionKey(alertRequest({}, header(key)), ["other", key])).toBe(true);
  expect(newFunctionKey()).not.toBe(key);
});

test.each(["GET", "PUT", "DELETE"])("%s is 405 and says what is allowed", async (method) => {
  const response = await responder.handler(
    new Request("https://127.0.0.1/api/responder", { method, headers: header(functionKey) }),
  );
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST");
});

test("a body over 1 MiB is 413", async () => {
  const long = JSON.stringify({ ...alert, padding: "x".repeat(1 << 20) });
  expect(await answer(alertRequest(long))).toMatchObject({
    status: 413,
    code: "RequestTooLarge",
    message: "alert has more than 1048576 bytes",
  });
});

test("a packed body is 415", async () => {
  const packed = { ...header(functionKey), "content-encoding": "gzip" };
  expect(await answer(alertRequest(alert, packed))).toMatchObject({
    status: 415,
    message: 'content-encoding "gzip" is not read: send the body as it is',
  });
});

test.each([
  ["{", "alert is not JSON in UTF-8"],
  ["", "alert is not JSON in UTF-8"],
  ["[]", "alert is not a JSON object but array"],
  [JSON.stringify({ schemaId: "Other", data: {} }), 'not supported: schemaId "Other"'],
  [JSON.stringify({ ...alert, data: { version: "2.0" } }), "data.context"],
  [JSON.stringify(legacyAlert({ target: "/vm 1/%" })), "vm 1"],
  [JSON.stringify(legacyAlert({ time: "yesterday" })), "yesterday"],
])("an alert that cannot be read is 400 and names what is wrong: %s", async (body, said) => {
  const refused = await answer(alertRequest(body));
  expect(refused).toMatchObject({ status: 400, code: "AlertUnreadable" });
  expect(refused.message).toContain(said);
});

test("when the job cannot be recorded the sender is asked to try again", async () => {
  const jobs = memoryDocumentTable<Job>();
  const broken = await openResponder(bed, {
    file: "broken.db",
    jobs: { ...jobs, put: () => Promise.reject(new Error("disk full")) },
  });
  expect((await broken.handler(alertRequest(alert))).status).toBe(503);
  expect(broken.lines.join("")).toContain("disk full");
  await broken.close();
});
