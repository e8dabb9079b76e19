import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PacketBook, StreamName } from "../../../inspection/browse/packet-book.ts";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useFormats } from "../../words/moments.ts";
import { downloadSizeBytesMax, streamFile, type Wanted } from "./download-stream.ts";
import css from "./follow.module.css";
import { type Showing, showings } from "./piece-text.ts";
import { saveFile } from "./save-file.ts";
import type { StreamState } from "./stream-pages.ts";
import type { Found } from "./use-find.ts";

/** Beside the forms that bytes are shown in. */
const http = "http";

interface BarProps {
  book: PacketBook;
  name: StreamName;
  state: StreamState;
  wanted: Wanted;
  setWanted: (wanted: Wanted) => void;
  /** HTTP messages are shown in place of bytes. */
  isHttp: boolean;
  setHttp: (isHttp: boolean) => void;
  found: Found;
}

/** Which side, in which form, what is found, and the stream as a file. */
export function FollowBar(props: BarProps): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const { name, state, wanted, setWanted, isHttp, setHttp } = props;
  const { ends } = state;
  return (
    <div className={css["bar"]}>
      {ends && <Ends ends={ends} />}
      <span className={css["choice"]}>
        <label htmlFor={`${id}-side`}>{t("follow.side")}</label>
        <select
          id={`${id}-side`}
          value={wanted.side}
          onChange={({ target }) => setWanted({ ...wanted, side: target.value as Wanted["side"] })}
        >
          <option value="both">{t("follow.all")}</option>
          {ends && <option value="a">A: {endText(ends.a)}</option>}
          {ends && <option value="b">B: {endText(ends.b)}</option>}
        </select>
      </span>
      <span className={css["choice"]}>
        <label htmlFor={`${id}-showing`}>{t("follow.show")}</label>
        <select
          id={`${id}-showing`}
          value={isHttp ? http : wanted.showing}
          onChange={({ target }) => {
            setHttp(target.value === http);
            if (target.value !== http) setWanted({ ...wanted, showing: target.value as Showing });
          }}
        >
          {showings.map((showing) => (
            <option key={showing} value={showing}>
              {t(`follow.${showing}`)}
            </option>
          ))}
          {name.protocol === "tcp" && <option value={http}>{t("follow.http")}</option>}
        </select>
      </span>
      {!isHttp && <FindBox found={props.found} />}
      {!isHttp && <DownloadButton {...props} />}
    </div>
  );
}

type End = NonNullable<StreamState["ends"]>["a"];

const endText = ({ address, port }: End): string =>
  port === null ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

const Ends = ({ ends: { a, b } }: { ends: { a: End; b: End } }): React.ReactNode => (
  <p className={css["ends"]}>
    <span data-side="a">A {endText(a)}</span>
    <span data-side="b">B {endText(b)}</span>
  </p>
);

function FindBox({ found }: { found: Found }): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const { number } = useFormats();
  const { wanted, setWanted, matches, at, step, isSeeking } = found;
  const count = matches.length;
  const words =
    count > 0
      ? t("follow.found", { at: number(at + 1), count: number(count) })
      : t("follow.foundNone");
  return (
    <form
      role="search"
      className={css["choice"]}
      onSubmit={(event) => {
        event.preventDefault();
        step(1);
      }}
    >
      <label htmlFor={id}>{t("follow.find")}</label>
      <input
        id={id}
        type="search"
        value={wanted}
        onChange={({ target }) => setWanted(target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !event.shiftKey) return;
          event.preventDefault();
          step(-1);
        }}
        spellCheck={false}
      />
      <Button
        kind="quiet"
        aria-label={t("follow.previousFound")}
        disabled={count === 0}
        onClick={() => step(-1)}
      >
        ↑
      </Button>
      <Button kind="quiet" type="submit" aria-label={t("follow.nextFound")} disabled={count === 0}>
        ↓
      </Button>
      <span className={css["hint"]} role="status">
        {wanted !== "" && (isSeeking ? t("follow.coming") : words)}
      </span>
    </form>
  );
}

function DownloadButton({ book, name, wanted }: BarProps): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const download = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const { file, isCut } = await streamFile(book, name, wanted);
      saveFile(file);
      if (isCut) setProblem(t("follow.cut", { size: bytes(downloadSizeBytesMax) }));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button isBusy={isBusy} onClick={() => void download()}>
        {t("follow.download")}
      </Button>
      {problem !== null && <Notice kind="warn" title={problem} />}
    </>
  );
}
