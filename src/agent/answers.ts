import { describeError, NightcapError } from "../common/errors.ts";
import { createAnswerer } from "../diagnosis/answer-question.ts";
import type { Blocking } from "./blocking.ts";
import type { Previewing } from "./capture-preview.ts";
import type { AgentMessage, ServerMessage } from "../uplink/messages.ts";

const messageLengthMax = 2_000;

/** Answers the control plane's questions about the network namespace that is watched; never throws. */
export function createAnswering(
  networkNamespace: string | null,
  parts: { blocking: Pick<Blocking, "answer">; preview: Previewing },
): (message: Extract<ServerMessage, { type: "question" }>) => Promise<AgentMessage> {
  const find = createAnswerer(networkNamespace);
  return async ({ questionId, question }) => {
    try {
      const answer =
        question.kind === "blocks"
          ? await parts.blocking.answer(question.check)
          : question.kind === "capturePreview"
            ? await parts.preview(question)
            : await find(question);
      return { type: "answer", questionId, answer, error: null };
    } catch (error) {
      const code = error instanceof NightcapError ? error.code : "InternalServerError";
      const message = describeError(error).slice(0, messageLengthMax);
      return { type: "answer", questionId, answer: null, error: { code, message } };
    }
  };
}
