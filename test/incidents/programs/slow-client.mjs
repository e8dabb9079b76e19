// Visitors of a page on a poor line: `node slow-client.mjs URL`. They read slowly, and take their time between the
// headers of a request and its body.
import { request } from "node:http";

const [, , url] = process.argv;
const visitMilliseconds = 150;
const pauseMilliseconds = 700;

setInterval(() => {
  const visit = request(url, { method: "POST", headers: { "content-length": 40 } }, (response) => {
    response.pause();
    setTimeout(() => response.resume(), pauseMilliseconds);
  }).on("error", () => {});
  visit.write("a".repeat(20));
  setTimeout(() => visit.end("b".repeat(20)), pauseMilliseconds);
}, visitMilliseconds);
