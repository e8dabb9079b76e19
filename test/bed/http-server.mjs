// The Node server of a test bed: `node http-server.mjs PORT`. GET /bytes/N answers N bytes, GET of
// anything else its own address; the body of a POST is counted and the count answered.
import { createServer } from "node:http";

const answerBytesMax = 1 << 30;
const chunk = Buffer.alloc(64 * 1024, "nightcap ");

createServer((request, response) => {
  const size = /^\/bytes\/(\d+)$/.exec(request.url ?? "")?.[1];
  if (request.method === "POST") return count(request, response);
  if (size !== undefined) return sendBytes(response, Math.min(Number(size), answerBytesMax));
  response.end(`hello from ${request.socket.localAddress}\n`);
})
  .listen(Number(process.argv[2]), "::", onListen)
  .on("error", retryIpv4);

function onListen() {
  process.stdout.write("ready\n");
}

/** Without IPv6 in the namespace there is no "::". */
function retryIpv4(error) {
  if (error.code !== "EAFNOSUPPORT" && error.code !== "EADDRNOTAVAIL") throw error;
  this.listen(Number(process.argv[2]), "0.0.0.0");
}

function count(request, response) {
  let size = 0;
  request.on("data", (data) => (size += data.length));
  request.on("end", () => response.end(`${size}\n`));
}

function sendBytes(response, size) {
  response.setHeader("content-length", size);
  let left = size;
  const more = () => {
    while (left > 0) {
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      left -= part.length;
      if (!response.write(part)) return;
    }
    response.end();
  };
  response.on("drain", more);
  more();
}
