import { randomUUID } from "node:crypto";
import { NightcapError } from "../common/errors.ts";
import type { HostAnswer, HostQuestion } from "../diagnosis/question.ts";
import type { Channel } from "./channel.ts";
import type { AgentMessage, ServerMessage } from "./messages.ts";

/** Longer than any answer takes: connections that time out are the slowest. */
const answerTimeoutMilliseconds = 25_000;
/** Questions that wait for their answers, of all hosts and of one. */
const waitingCountMax = 1_000;
const waitingOfHostCountMax = 8;

interface Waiting {
  hostId: string;
  channel: Channel;
  kind: HostQuestion["kind"];
  resolve(answer: HostAnswer): void;
  reject(error: Error): void;
}

/** Questions on their way, each found by its id when the answer comes. */
export interface Questions {
  ask(options: {
    hostId: string;
    /** Null: there is none that takes questions. */
    channel: Channel | null;
    isConnected: boolean;
    question: HostQuestion;
  }): Promise<HostAnswer>;
  answered(hostId: string, message: Extract<AgentMessage, { type: "answer" }>): void;
  /** The connection ended: what was asked over it is not answered any more. */
  lost(channel: Channel): void;
}

export function createQuestions(): Questions {
  const waiting = new Map<string, Waiting>();
  return {
    async ask({ hostId, channel, isConnected, question }) {
      if (!channel)
        throw notReached(isConnected ? "is too old for this question" : "is not connected");
      const ofHost = [...waiting.values()].filter((each) => each.hostId === hostId).length;
      if (ofHost >= waitingOfHostCountMax || waiting.size >= waitingCountMax) {
        throw notReached("has too many questions to answer: ask again");
      }
      const questionId = randomUUID();
      return new Promise<HostAnswer>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(questionId);
          reject(notReached(`did not answer within ${answerTimeoutMilliseconds / 1_000} s`));
        }, answerTimeoutMilliseconds);
        const settle =
          <Value>(act: (value: Value) => void) =>
          (value: Value) => {
            clearTimeout(timer);
            waiting.delete(questionId);
            act(value);
          };
        const kind = question.kind;
        waiting.set(questionId, {
          hostId,
          channel,
          kind,
          resolve: settle(resolve),
          reject: settle(reject),
        });
        const message: ServerMessage = { type: "question", questionId, question };
        channel.send(message).catch(() => waiting.get(questionId)?.reject(notReached("was lost")));
      });
    },
    answered(hostId, { questionId, answer, error }) {
      const found = waiting.get(questionId);
      if (found?.hostId !== hostId) return;
      if (answer?.kind === found.kind) return found.resolve(answer);
      found.reject(new NightcapError("HostDiagnosisFailed", describe(error)));
    },
    lost(channel) {
      for (const each of waiting.values()) {
        if (each.channel === channel) each.reject(notReached("was lost before it answered"));
      }
    },
  };
}

const describe = (error: { code: string; message: string } | null): string =>
  error === null
    ? "the host gave another answer than was asked for"
    : `the host says: ${error.message}`;

const notReached = (why: string): NightcapError =>
  new NightcapError("VMAgentStatusCommunicationError", `the agent of the virtual machine ${why}`);
