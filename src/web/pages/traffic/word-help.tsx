import { Popover } from "@base-ui/react/popover";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FlowQuestion } from "../../api/flow-views.ts";
import type { FlowRecord } from "./flow-record.ts";
import { Reasons } from "./reasons.tsx";
import css from "./traffic.module.css";

const hoverMilliseconds = 450;

/** A word that puzzles people: it says what it means, and why this record has it. */
export function WordHelp({
  word,
  shown,
  record,
  question,
}: {
  /** A flow type, `AllowedMalicious` or `blank`. */
  word: string;
  shown: string;
  record: FlowRecord;
  question: FlowQuestion;
}): React.ReactNode {
  const { t, i18n } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [isWanted, setWanted] = useState(false);
  const place = useRef<HTMLButtonElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const show = (): void => {
    clearTimeout(timer.current);
    setWanted(true);
    setOpen(true);
  };
  const isKnown = i18n.exists(`flowHelp.${word}.text`);
  if (!isKnown) return shown;
  const title = word === "blank" ? t("traffic.blank") : t(`flowHelp.${word}.title`);
  return (
    <>
      <button
        type="button"
        ref={place}
        className={css["word"]}
        data-word={word}
        aria-haspopup="dialog"
        aria-label={word === "blank" ? title : undefined}
        onClick={show}
        onPointerEnter={({ pointerType }) => {
          if (pointerType === "mouse") timer.current = setTimeout(show, hoverMilliseconds);
        }}
        onPointerLeave={() => clearTimeout(timer.current)}
      >
        {shown}
      </button>
      {isWanted && (
        <Popover.Root open={isOpen} onOpenChange={setOpen}>
          <Popover.Portal>
            <Popover.Positioner
              anchor={place}
              className={css["helpPlace"]}
              sideOffset={6}
              align="start"
            >
              <Popover.Popup className={css["help"]} finalFocus={place}>
                <Popover.Title render={<h2 />}>{title}</Popover.Title>
                <p>{t(`flowHelp.${word}.text`)}</p>
                <Reasons word={word} record={record} question={question} />
                <Popover.Close className={css["kql"]}>{t("kql.close")}</Popover.Close>
              </Popover.Popup>
            </Popover.Positioner>
          </Popover.Portal>
        </Popover.Root>
      )}
    </>
  );
}
