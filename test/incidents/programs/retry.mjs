// A program that cannot reach its database and tries again: `node retry.mjs ADDRESS PORT MILLISECONDS`.
import { connect } from "node:net";

const [, , address, port, every] = process.argv;
const patienceMilliseconds = 1_500;
setInterval(() => {
  const socket = connect(Number(port), address, () => socket.destroy());
  socket.setTimeout(patienceMilliseconds, () => socket.destroy()).on("error", () => {});
}, Number(every));
