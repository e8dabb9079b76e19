import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import css from "./act-button.module.css";

/**
 * A button that asks the control plane for one thing, after a question where it cannot be taken back, and says
 * why when it was refused. What it changes is asked for anew.
 */
export function ActButton<Answer>({
  words,
  label,
  kind = "plain",
  question,
  act,
  changes,
  onDone,
}: {
  words: string;
  /** Read out instead of them, where several buttons have the same. */
  label?: string;
  kind?: "first" | "plain" | "quiet" | "danger";
  /** `more`: what else there is to know before, looked up as it is asked. */
  question?: { title: string; text: string; more?: React.ReactNode };
  act: () => Promise<Answer>;
  /** Keys of the answers that it changes. */
  changes: readonly QueryKey[];
  onDone?: (answer: Answer) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const work = useMutation({
    mutationFn: act,
    onSuccess: async (answer) => {
      setAsked(false);
      onDone?.(answer);
      await Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
  const problem = work.error && (
    <p role="alert" className={css["problem"]}>
      {work.error.message}
    </p>
  );
  return (
    <>
      <Button
        kind={kind}
        aria-label={label}
        isBusy={work.isPending}
        onClick={() => (question ? setAsked(true) : work.mutate())}
      >
        {words}
      </Button>
      {question ? (
        <ConfirmDialog
          isOpen={isAsked}
          change={setAsked}
          title={question.title}
          text={question.text}
          words={{ confirm: words, cancel: t("settings.cancel") }}
          isBusy={work.isPending}
          confirm={() => work.mutate()}
        >
          {question.more}
          {problem}
        </ConfirmDialog>
      ) : (
        problem
      )}
    </>
  );
}
