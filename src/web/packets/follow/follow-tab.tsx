import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PacketBook, StreamName } from "../../../inspection/browse/packet-book.ts";
import type { ReportDocument } from "../../../report/document.ts";
import { useParameters } from "../../parts/address.ts";
import { Notice } from "../../parts/notice.tsx";
import type { Wanted } from "./download-stream.ts";
import { FollowBar } from "./follow-bar.tsx";
import css from "./follow.module.css";
import { HttpView } from "./http-view.tsx";
import { pieceText } from "./piece-text.ts";
import { StreamChooser } from "./stream-chooser.tsx";
import { StreamText } from "./stream-text.tsx";
import type { StreamPiece, StreamState } from "./stream-pages.ts";
import { useFind } from "./use-find.ts";
import { streamNameOf, useStream } from "./use-stream.ts";

/** What both ends of a stream said to each other. */
export function FollowTab({
  report,
  book,
}: {
  report: ReportDocument;
  book: PacketBook;
}): React.ReactNode {
  const [parameters, change] = useParameters();
  const name = streamNameOf(parameters.get("stream"));
  const counts = { tcp: report.tcp.streamCount, udp: report.udp.streamCount };
  return (
    <div className={css["tab"]}>
      <StreamChooser
        name={name}
        counts={counts}
        choose={({ protocol, stream }) => change({ stream: `${protocol}.${stream}` })}
      />
      {name && <Stream key={`${name.protocol}.${name.stream}`} book={book} name={name} />}
    </div>
  );
}

function Stream({ book, name }: { book: PacketBook; name: StreamName }): React.ReactNode {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<Wanted>({ showing: "text", side: "both" });
  const [isHttp, setHttp] = useState(false);
  const { showing, side } = wanted;
  const { pages, state } = useStream(book, name);
  const all = state?.pieces;
  const pieces = useMemo(
    () => (all ?? []).filter((piece) => side === "both" || piece.side === side),
    [all, side],
  );
  const textOf = useCallback((piece: StreamPiece) => pieceText(piece, showing), [showing]);
  const found = useFind(pages, state, { pieces, textOf });
  if (!pages || !state) return null;
  if (state.error)
    return <Notice kind="bad" title={t("follow.failed")} text={state.error.message} />;
  return (
    <>
      <FollowBar {...{ book, name, state, wanted, setWanted, isHttp, setHttp, found }} />
      {isHttp ? (
        <HttpView book={book} stream={name.stream} side={side} />
      ) : (
        <Bytes {...{ pages, state, pieces, textOf, found }} />
      )}
    </>
  );
}

function Bytes(props: React.ComponentProps<typeof StreamText>): React.ReactNode {
  const { t } = useTranslation();
  const { state, pieces } = props;
  return (
    <>
      {state.problem !== null && <Notice kind="warn" title={state.problem} />}
      <StreamText {...props} />
      <p className={css["foot"]} role="status">
        {t(footOf(state, pieces.length))}
      </p>
    </>
  );
}

function footOf({ isReading, hasLater, ends }: StreamState, pieceCount: number): string {
  if (isReading || !ends) return "follow.coming";
  if (hasLater) return "follow.later";
  return pieceCount === 0 ? "follow.empty" : "follow.end";
}
