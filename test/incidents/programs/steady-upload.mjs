// Sends a little, all the time, over one connection: `node steady-upload.mjs URL BYTES-PER-SECOND`.
import { request } from "node:http";

const [, , url, rate] = process.argv;
const everyMilliseconds = 5;
const part = Buffer.alloc(Math.ceil((Number(rate) * everyMilliseconds) / 1_000), "log line ");
const upload = request(url, { method: "POST" }).on("error", () => {});
setInterval(() => upload.write(part), everyMilliseconds);
