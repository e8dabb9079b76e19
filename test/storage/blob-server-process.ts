// The test's blob server as a process of its own: DIRECTORY PORT CERTIFICATE_JSON [MILLISECONDS_A_BLOCK [KEY_FILE]].
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readKeyFile } from "../../src/storage/vault/key-file.ts";
import { KeyRing } from "../../src/storage/vault/key-ring.ts";
import { startBlobServer, type Certificate } from "./blob-server.ts";

const [directory = "", port = "0", certificatePath = "", delay = "0", keyFile] =
  process.argv.slice(2);
const server = await startBlobServer({
  directory,
  port: Number(port),
  blockSizeBytesMax: 256 << 20,
  keys: keyFile === undefined ? null : new KeyRing(await readKeyFile(keyFile)),
  certificate: JSON.parse(readFileSync(certificatePath, "utf8")) as Certificate,
  async onRequest(request) {
    if (request.url.includes("comp=block&")) await sleep(Number(delay));
    return null;
  },
});
process.stdout.write(`${server.origin}\n`);
