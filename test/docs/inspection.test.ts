import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Wire } from "../inspection/wire.ts";

const page = readFileSync("docs/reference/inspection.md", "utf8");
const documented = new Set(
  Array.from(page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm), ([, names = ""]) =>
    names.split(", ").map((name) => name.replaceAll("`", "")),
  ).flat(),
);

test("every field of an inspection is in its reference page, and there is no other", async () => {
  const wire = new Wire().talk(0, "192.0.2.10:4000", "198.51.100.7:80", {});
  const inspection = await wire.inspect();
  const [stream] = inspection.tcpStreams;
  const shared = new Set("stream a b framesAToB bytesAToB framesBToA bytesBToA".split(" "));
  const ofStream = Object.keys(stream ?? {}).filter((name) => !shared.has(name));
  expect([...documented].toSorted()).toEqual(
    ["path", ...Object.keys(inspection), ...ofStream].toSorted(),
  );
});
