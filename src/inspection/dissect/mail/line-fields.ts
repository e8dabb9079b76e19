// Protocols of lines: commands with a parameter, and answers with a number.
import type { Fields } from "../field.ts";
import type { Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";

const sizeMax = 8_192;
const decoder = new TextDecoder();

function linesOf({ bytes, start, end }: Layer): string[] {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + sizeMax)));
  return text.split(/\r?\n/).filter((line) => line !== "");
}

const answer = /^(\d{3})[ -]?(.*)$/;

/** RFC 959. */
function parseFtp(layer: Layer, emit: Emit): void {
  const [line = ""] = linesOf(layer);
  const found = answer.exec(line);
  if (found) {
    emit("ftp.response", true);
    emit("ftp.response.code", Number(found[1]));
    if (found[2]) emit("ftp.response.arg", found[2]);
    return;
  }
  const [command = "", ...rest] = line.split(" ");
  emit("ftp.request", true);
  if (/^[A-Za-z]{1,8}$/.test(command)) emit("ftp.request.command", command);
  if (rest.length > 0) emit("ftp.request.arg", rest.join(" "));
}

/** Fields of FTP's control connection. */
export const ftpFields: Fields = parsedFields(parseFtp, {
  "ftp.request": ["boolean", "is a command"],
  "ftp.request.command": ["string", "command"],
  "ftp.request.arg": ["string", "its parameter"],
  "ftp.response": ["boolean", "is an answer"],
  "ftp.response.code": ["uint32", "number of the answer"],
  "ftp.response.arg": ["string", "its text"],
});

/** RFC 5321. */
function parseSmtp(layer: Layer, emit: Emit): void {
  for (const line of linesOf(layer)) {
    const found = answer.exec(line);
    if (found) {
      emit("smtp.rsp", true);
      emit("smtp.response.code", Number(found[1]));
      if (found[2]) emit("smtp.rsp.parameter", found[2]);
    } else if (/^[A-Za-z]{4}(?: |$)/.test(line)) {
      emit("smtp.req", true);
      emit("smtp.req.command", line.slice(0, 4));
      if (line.length > 5) emit("smtp.req.parameter", line.slice(5));
    }
  }
}

/** Fields of SMTP's commands and answers. */
export const smtpFields: Fields = parsedFields(parseSmtp, {
  "smtp.req": ["boolean", "is a command"],
  "smtp.req.command": ["string", "command"],
  "smtp.req.parameter": ["string", "its parameter"],
  "smtp.rsp": ["boolean", "is an answer"],
  "smtp.response.code": ["uint32", "number of the answer"],
  "smtp.rsp.parameter": ["string", "its text"],
});
