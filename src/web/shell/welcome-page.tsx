import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { type LinkAnswer, openLink, sessionKey } from "../api/session.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import css from "./door.module.css";
import { DoorFrame } from "./door-frame.tsx";
import { textOf } from "./sign-in-page.tsx";

/** Where a one-time link leads: the key is in the address's fragment, which browsers send to nobody. */
export function WelcomePage(): React.ReactNode {
  const { t } = useTranslation();
  const [key] = useState(() => location.hash.slice(1));
  const [known, setKnown] = useState<{ user: string | null } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const enter = useEntrance();
  const take = async (answer: Promise<LinkAnswer>): Promise<void> => {
    try {
      const told = await answer;
      if ("signedIn" in told) enter(told);
      else setKnown({ user: told.user });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  useEffect(() => {
    history.replaceState(null, "", location.pathname); // the key is not kept in the browser's history
    void take(openLink({ key }));
  }, [key]);
  return (
    <DoorFrame title={t("welcome.title")} text={t("welcome.text")}>
      {problem !== null && (
        <p role="alert" className={css["problem"]}>
          {problem}
        </p>
      )}
      {known && (
        <form
          className={css["form"]}
          action={(form) =>
            take(openLink({ key, user: textOf(form, "user"), password: textOf(form, "password") }))
          }
        >
          <Field
            label={t("door.user")}
            name="user"
            autoComplete="username"
            defaultValue={known.user ?? ""}
            readOnly={known.user !== null}
            required
          />
          <Field
            label={t("welcome.password")}
            hint={t("welcome.passwordHint")}
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={12}
            required
          />
          <Button kind="first" type="submit">
            {t("welcome.enter")}
          </Button>
        </form>
      )}
    </DoorFrame>
  );
}

function useEntrance(): (session: LinkAnswer) => void {
  const queries = useQueryClient();
  const [, go] = useLocation();
  return (session) => {
    queries.setQueryData(sessionKey, session);
    go("/", { replace: true });
  };
}
