import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { HttpMessageNode, PacketBook } from "../../../inspection/browse/packet-book.ts";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useFormats } from "../../words/moments.ts";
import { bytesOf } from "../details/bytes.ts";
import { PacketsLink } from "../packets-place.tsx";
import { bodyText } from "./body-text.ts";
import type { Wanted } from "./download-stream.ts";
import css from "./http.module.css";
import { type HttpMessages, useHttpMessages } from "./http-messages.ts";
import { hexDump } from "./piece-text.ts";
import { saveFile } from "./save-file.ts";

interface ViewProps {
  book: PacketBook;
  stream: number;
  side: Wanted["side"];
}

/** Requests and responses of a stream one after another, bodies as they were before their codings. */
export function HttpView({ book, stream, side }: ViewProps): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { messages, state } = useHttpMessages(book, stream);
  const shown = state.messages.filter((message) => side === "both" || message.side === side);
  const { isReading, hasEarlier, hasLater, otherBytes, problem, error } = state;
  if (error) return <Notice kind="bad" title={t("follow.failed")} text={error.message} />;
  const isNone = !isReading && !hasLater && state.messages.length === 0;
  return (
    <>
      {problem !== null && <Notice kind="warn" title={problem} />}
      {isNone && <Notice kind="calm" title={t("follow.httpNone")} />}
      {!isNone && otherBytes > 0 && (
        <Notice kind="calm" title={t("follow.httpOther", { size: bytes(otherBytes) })} />
      )}
      <div className={css["messages"]} role="region" aria-label={t("follow.httpOf")} tabIndex={0}>
        {hasEarlier && (
          <Button onClick={() => messages.fromStart()}>{t("follow.fromStart")}</Button>
        )}
        {shown.map((message) => (
          <Message key={message.number} message={message} messages={messages} />
        ))}
        {hasLater && (
          <Button isBusy={isReading} onClick={() => void messages.later()}>
            {t("follow.later")}
          </Button>
        )}
      </div>
      <p className={css["foot"]} role="status">
        {t(isReading ? "follow.coming" : hasLater ? "follow.later" : "follow.end")}
      </p>
    </>
  );
}

interface MessageProps {
  message: HttpMessageNode;
  messages: HttpMessages;
}

function Message({ message, messages }: MessageProps): React.ReactNode {
  const { t } = useTranslation();
  const { side, frame, startLine, head, bodySizeBytes } = message;
  const fields = head.split(/\r?\n/).slice(1);
  return (
    <article className={css["message"]} data-side={side}>
      <header className={css["start"]}>
        <span className={css["side"]}>{side.toUpperCase()}</span>
        <strong>{startLine}</strong>
        <PacketsLink frame={frame} label={t("follow.frame", { number: frame })}>
          {frame}
        </PacketsLink>
      </header>
      {fields.length > 0 && (
        <details className={css["head"]}>
          <summary>{t("follow.httpHead")}</summary>
          <pre>{fields.join("\n")}</pre>
        </details>
      )}
      {bodySizeBytes === 0 ? (
        <p className={css["about"]}>{t("follow.httpNoBody")}</p>
      ) : (
        <Body message={message} messages={messages} />
      )}
    </article>
  );
}

function Body({ message, messages }: MessageProps): React.ReactNode {
  const { t } = useTranslation();
  const { bytes: sizeText } = useFormats();
  const { contentType, bodySizeBytes, base64 } = message;
  const bytes = bytesOf(base64);
  const text = isReadable(message) ? bodyText(bytes, contentType) : null;
  const isCut = bytes.length < bodySizeBytes;
  return (
    <>
      <p className={css["about"]}>
        <span>{contentType || t("follow.httpNoType")}</span>
        <span>{sizeText(bodySizeBytes)}</span>
        <Coding message={message} />
        {!message.isWhole && <span data-kind="warn">{t("follow.httpCut")}</span>}
        {isCut && <span>{t("follow.httpFirst", { size: sizeText(bytes.length) })}</span>}
        <BodyButton message={message} messages={messages} />
      </p>
      <pre className={css["body"]} data-kind={text === null ? "hex" : "text"}>
        {text ?? hexDump({ bytes, offset: 0 })}
      </pre>
    </>
  );
}

const isReadable = ({ contentEncoding, isDecoded }: HttpMessageNode): boolean =>
  isDecoded || contentEncoding === "" || contentEncoding === "identity";

function Coding({ message }: { message: HttpMessageNode }): React.ReactNode {
  const { t } = useTranslation();
  const { contentEncoding: coding, isDecoded } = message;
  if (coding === "") return null;
  return <span>{t(isDecoded ? "follow.httpDecoded" : "follow.httpCoded", { coding })}</span>;
}

function BodyButton({ message: { number, side }, messages }: MessageProps): React.ReactNode {
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const download = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const whole = await messages.body(number);
      if (whole)
        saveFile(
          new File(
            [bytesOf(whole.base64) as Uint8Array<ArrayBuffer>],
            `message-${number}-${side}.bin`,
          ),
        );
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button kind="quiet" isBusy={isBusy} onClick={() => void download()}>
        {t("follow.httpBody")}
      </Button>
      {problem !== null && <span data-kind="warn">{problem}</span>}
    </>
  );
}
