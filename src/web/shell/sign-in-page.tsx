import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionKey, signIn, type SignInWay } from "../api/session.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import css from "./door.module.css";
import { DoorFrame } from "./door-frame.tsx";

/** The door: name and password, or a provider. */
export function SignInPage({ ways }: { ways: readonly SignInWay[] }): React.ReactNode {
  const { t } = useTranslation();
  const problem = signInProblem(location.search);
  const hasPassword = ways.some(({ kind }) => kind === "password");
  return (
    <DoorFrame title={t("door.title")} text={t("door.text")}>
      {problem !== null && (
        <p role="alert" className={css["problem"]}>
          {t(`door.problem.${problem}`)}
        </p>
      )}
      {hasPassword && <PasswordForm />}
      {ways.map((way) =>
        way.kind === "oidc" ? (
          <a key={way.name} className={css["provider"]} href={way.url}>
            {t("door.with", { name: way.name })}
          </a>
        ) : null,
      )}
      <p className={css["hint"]}>{t("door.hint")}</p>
    </DoorFrame>
  );
}

const problems = ["InvalidSignIn", "SignInProviderFailed", "TooManyRequests"] as const;

/** How signing in at a provider ended, as the address that it sent the browser back to says. */
export function signInProblem(search: string): (typeof problems)[number] | null {
  const told = new URLSearchParams(search).get("signInProblem");
  if (told === null) return null;
  return problems.find((each) => each === told) ?? "SignInProviderFailed";
}

function PasswordForm(): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (form: FormData): Promise<void> => {
    setBusy(true);
    try {
      const session = await signIn(textOf(form, "user"), textOf(form, "password"));
      queries.setQueryData(sessionKey, session);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <form action={submit} className={css["form"]}>
      <Field label={t("door.user")} name="user" autoComplete="username" required />
      <Field
        label={t("door.password")}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      {problem !== null && (
        <p role="alert" className={css["problem"]}>
          {problem}
        </p>
      )}
      <Button kind="first" type="submit" isBusy={isBusy}>
        {t("door.signIn")}
      </Button>
    </form>
  );
}

/** A form's field as text; a file is none. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
