import { createHash } from "node:crypto";
import { link, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { placeLocalFile, prepareLocalFile } from "../../src/capture/local-file.ts";

describe("the place of a finished file", () => {
  const content = "packets of one session";
  const sha256 = createHash("sha256").update(content).digest("hex");
  let directory = "";
  let options = { source: "", sha256, filePath: "", sessionId: "one" };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-place-"));
    const source = join(directory, "finished");
    await writeFile(source, content);
    options = { ...options, source, filePath: join(directory, "out", "a.cap") };
    await prepareLocalFile(options, [directory]);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const placed = () => readdir(join(directory, "out"));

  test("is taken once, whole, and found again", async () => {
    expect(await placeLocalFile(options)).toBe(options.filePath);
    expect(await placeLocalFile(options)).toBe(options.filePath);
    expect(await placed()).toEqual(["a.cap"]);
    expect(await readFile(options.filePath, "utf8")).toBe(content);
  });

  test("is beside a file of that name that is another's", async () => {
    await writeFile(options.filePath, "somebody else's");
    const second = join(directory, "out", "a-2.cap");
    expect(await placeLocalFile(options)).toBe(second);
    expect(await readFile(options.filePath, "utf8")).toBe("somebody else's");
  });

  test("is the same after a kill between the file's name and the end of its working name", async () => {
    await placeLocalFile(options);
    await link(options.filePath, join(directory, "out", ".one.partial"));
    await prepareLocalFile(options, [directory]);
    expect(await readFile(options.filePath, "utf8")).toBe(content);
    expect(await placeLocalFile(options)).toBe(options.filePath);
    expect(await placed()).toEqual(["a.cap"]);
  });
});
