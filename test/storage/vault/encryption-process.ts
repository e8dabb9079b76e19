// Works on the encryption of a store until it is done, for tests that end it before:
//   encryption-process.ts seal|rewrap DIRECTORY KEYFILE     says "open", then "done"
//   encryption-process.ts full DIRECTORY KEYFILE            fills a small file system; says what came of it as JSON
import { openBlobStore } from "../../../src/storage/blob-store.ts";
import { readKeyFile } from "../../../src/storage/vault/key-file.ts";
import { KeyRing } from "../../../src/storage/vault/key-ring.ts";
import { fillDisk } from "./fill-disk.ts";

const [, , mode = "", directory = "", keyFile = ""] = process.argv;
const keys = new KeyRing(await readKeyFile(keyFile));
const never = new AbortController().signal;

if (mode === "full") {
  process.stdout.write(`${JSON.stringify(await fillDisk(directory, keys))}\n`);
} else {
  const store = await openBlobStore({ kind: "directory", directory, freeBytesMin: 0, keys });
  process.stdout.write("open\n");
  if (mode === "seal") await store.encryption?.requestSealing();
  const work = mode === "seal" ? "seal" : "rewrap";
  for (let isDone = false; !isDone;) isDone = (await store.encryption?.[work](never)) ?? true;
  await store.close();
  process.stdout.write("done\n");
}
