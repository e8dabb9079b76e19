// Legal holds on captures: over the API by role, against Azure's clients of ARM and of blobs, and on the command line.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readLog } from "../../../src/evidence/access-log/read-log.ts";
import { runNightcap } from "../../cli/run-nightcap.ts";
import { openRetentionBed, type RetentionBed, watcherGroup, watcherName } from "./retention-bed.ts";

let bed: RetentionBed;
beforeAll(async () => {
  bed = await openRetentionBed();
});
afterAll(() => bed.close());

const immutable = { statusCode: 409, code: "BlobImmutableDueToLegalHold" };
const bytes = Buffer.from("packets");
const hold = (name: string, reason = "case 17", token?: string) =>
  bed.call("PUT", `/nightcap/v1/holds/${encodeURIComponent(name)}`, {
    body: { reason },
    ...(token === undefined ? {} : { token }),
  });
const clear = (name: string, token?: string) =>
  bed.call(
    "DELETE",
    `/nightcap/v1/holds/${encodeURIComponent(name)}?reason=case%20closed`,
    token === undefined ? {} : { token },
  );
const beginDelete = (name: string) =>
  bed.arm.packetCaptures.beginDeleteAndWait(watcherGroup, watcherName, name, {
    updateIntervalInMs: 10,
  });

test("a held capture and what lies beside it can be neither changed nor deleted, by ARM or blob clients", async () => {
  const made = await bed.create("held");
  const blob = await bed.finish(made, bytes);
  const beside = bed.blobAt(`${made.storagePath}.coverage.json`);
  const other = bed.blobAt(made.storagePath.replace(/packetcapture_.*$/, "other.cap"));
  for (const each of [beside, other]) await each.upload("{}", 2);
  const answer = await hold("held");
  expect(answer).toMatchObject({
    status: 200,
    body: { value: [{ capture: "held", hold: { reason: "case 17", by: "administrator" } }] },
  });
  const { value } = answer.body as { value: { files: { name: string }[] }[] };
  expect(value[0]?.files.map(({ name }) => name.split("/").at(-1))).toEqual([
    blob.name.split("/").at(-1),
    `${blob.name.split("/").at(-1)}.coverage.json`,
  ]);
  for (const each of [blob, beside]) {
    await expect(each.delete()).rejects.toMatchObject(immutable);
    await expect(each.upload("x", 1)).rejects.toMatchObject(immutable);
    await expect(each.setLegalHold(false)).rejects.toMatchObject(immutable);
    expect((await each.getProperties()).legalHold).toBe(true);
  }
  await bed.blobAt(`${made.storagePath}.owners.jsonl`).upload("{}", 2);
  await expect(bed.blobAt(`${made.storagePath}.owners.jsonl`).delete()).rejects.toMatchObject(
    immutable,
  );
  await other.delete();
  const container = bed.blobs.getContainerClient("network-watcher-logs");
  await expect(container.delete()).rejects.toMatchObject({ code: "ContainerHasLegalHold" });
  await expect(beginDelete("held")).rejects.toMatchObject({
    statusCode: 409,
    code: "ScopeLocked",
    message: expect.stringMatching(
      /cannot perform delete operation because following scope\(s\) are locked: .* case 17/,
    ) as string,
  });
  expect(await bed.show("held")).toMatchObject({
    class: "bulk",
    hold: { reason: "case 17", by: "administrator" },
    removed: null,
  });
  expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
  expect((await clear("held")).status).toBe(200);
  await beside.delete();
  await beginDelete("held");
  await blob.delete();
});

test("a hold is written to the access log and the audit with who and why, and may be set again for the same reason", async () => {
  const { blob } = await bed.record("told", 10);
  await hold("told");
  expect((await hold("told")).status).toBe(200);
  expect(await hold("told", "another case")).toMatchObject({
    status: 409,
    body: { error: { code: "Conflict" } },
  });
  await clear("told");
  expect((await clear("told")).status).toBe(404);
  const log = { after: 0, limit: 1_000, targets: [`network-watcher-logs/${blob.name}`] };
  const entries = await readLog(join(bed.directory, "evidence/log"), log);
  const holds = entries.filter(({ kind }) => kind === "hold");
  expect(holds.map(({ who, detail }) => [who.name, detail])).toEqual([
    ["administrator", "legal hold set: case 17"],
    ["administrator", "legal hold cleared: case closed"],
  ]);
  const audit = await bed.call("GET", "/nightcap/audit");
  expect(audit.text).toContain("told: legal hold set: case 17");
  expect(audit.text).toContain('"action":"Nightcap/holds/delete"');
});

test("who may delete captures may not lift a hold; a Hold Keeper may, and nothing else", async () => {
  await bed.record("roles", 10);
  const [contributor, reader, keeper] = [
    await bed.tokenWith("Contributor"),
    await bed.tokenWith("Reader"),
    await bed.tokenWith("Nightcap Hold Keeper"),
  ];
  expect((await hold("roles", "case 17", contributor)).status).toBe(403);
  expect((await hold("roles", "case 17", reader)).status).toBe(403);
  expect((await hold("roles", "case 17", keeper)).status).toBe(200);
  expect((await clear("roles", contributor)).status).toBe(403);
  const list = (token: string) => bed.call("GET", "/nightcap/v1/holds", { token });
  expect((await list(reader)).text).toContain("case 17");
  expect((await bed.call("GET", "/nightcap/audit", { token: keeper })).status).toBe(403);
  expect((await clear("roles", keeper)).status).toBe(200);
});

test("a hold comes before the first byte, and holds what then comes, wherever the capture asked to be", async () => {
  const at = `${bed.url}/nightcapstore/elsewhere/early.cap`;
  const { storagePath } = await bed.create("early", {
    storageLocation: { storageId: bed.storageId, storagePath: at },
  });
  expect(await hold("early")).toMatchObject({ status: 200, body: { value: [{ files: [] }] } });
  await bed.blobs.getContainerClient("elsewhere").create();
  const blob = bed.blobAt(storagePath);
  await blob.uploadData(bytes);
  await expect(blob.uploadData(bytes)).rejects.toMatchObject(immutable);
  await expect(blob.delete()).rejects.toMatchObject(immutable);
  await clear("early");
  await blob.delete();
});

test.each([
  ["nothing", "none", { reason: "x" }, 404],
  ["no reason", "roles", {}, 400],
  ["an empty reason", "roles", { reason: " " }, 400],
  ["a reason that steers a terminal", "roles", { reason: "\u001b[2J" }, 400],
  ["a reason that is too long", "roles", { reason: "x".repeat(1_001) }, 400],
  ["more than a reason", "roles", { reason: "x", until: "2030" }, 400],
  ["no name", "%", { reason: "x" }, 400],
])("a hold of %s is refused", async (_what, name, body, status) => {
  const path = name === "%" ? "/nightcap/v1/holds/%" : `/nightcap/v1/holds/${name}`;
  expect((await bed.call("PUT", path, { body })).status).toBe(status);
});

test("captures of the responder are evidence, others bulk, and each may be said or changed", async () => {
  const responder = await bed.responderToken();
  await bed.create("for-alert", {}, responder);
  await bed.create("said", { nightcapClass: "evidence" });
  await bed.create("alert-said", { nightcapClass: "bulk" }, responder);
  const classes = async () =>
    Promise.all(
      ["for-alert", "said", "alert-said"].map(async (name) => (await bed.show(name))["class"]),
    );
  expect(await classes()).toEqual(["evidence", "evidence", "bulk"]);
  const change = (body: object) => bed.call("PUT", "/nightcap/v1/captures/said/class", { body });
  expect((await change({ class: "bulk" })).status).toBe(200);
  expect((await change({ class: "precious" })).status).toBe(400);
  expect(await classes()).toEqual(["evidence", "bulk", "bulk"]);
  await expect(bed.create("wrong", { nightcapClass: "precious" })).rejects.toThrow(
    "evidence or bulk expected",
  );
});

test("the command line sets, lists and clears holds and sets classes", async () => {
  await bed.record("by-hand", 10);
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runNightcap(...args, "--state", bed.directory);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };
  const [set, classed] = [
    await run("hold", "set", "by-hand", "--reason", "case 18"),
    await run("capture", "set-class", "by-hand", "evidence"),
  ];
  expect(set).toMatch(
    /^by-hand {2}held since .* by administrator: case 18 {2}\(1 files, 10 bytes\)/,
  );
  expect(classed).toBe("by-hand is evidence from now on\n");
  const listed = JSON.parse(await run("hold", "list", "--json")) as unknown[];
  expect(listed).toMatchObject([{ capture: "by-hand", class: "evidence" }]);
  expect(await run("hold", "clear", "by-hand", "--reason", "over")).toContain("is free again");
});
