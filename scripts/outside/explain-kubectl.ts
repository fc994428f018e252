/** Why a call of kubectl failed, as far as what to do differs. */
export type KubectlFailure =
  | "unreachable"
  | "context"
  | "credentials"
  | "forbidden"
  | "no-such-kind"
  | "no-kubectl"
  | "other";

interface Explanation {
  failure: KubectlFailure;
  pattern: RegExp;
  advice(context: string): string;
}

const look = "kubectl config get-contexts lists them, kubectl config use-context NAME chooses one";

/** The first that fits; what a server says of an object may quote anything, so the causes nearest to us come first. */
const explanations: Explanation[] = [
  {
    failure: "context",
    pattern: /error loading config file|invalid configuration|cannot unmarshal/i,
    advice: () => "the kubeconfig cannot be read: mend that file, or set KUBECONFIG to another",
  },
  {
    failure: "context",
    pattern:
      /current-context must exist|context was not found|cannot locate context|(cluster|user) "?\S+"? does not exist/i,
    advice: () => `there is no such context: ${look}`,
  },
  {
    failure: "credentials",
    pattern: /Unauthorized|must be logged in|provide credentials|getting credentials|certificate has expired/i,
    advice: (context) =>
      `the credentials of context ${context} are expired or wrong: sign in again as your cluster asks`,
  },
  {
    failure: "credentials",
    pattern: /x509:|failed to verify certificate/,
    advice: (context) => `the server is not the one that context ${context} trusts: get its kubeconfig anew`,
  },
  {
    failure: "forbidden",
    pattern: /\(Forbidden\)|is forbidden: User/,
    advice: (context) =>
      `your user of context ${context} may not do that: ask for the permission, or use another context`,
  },
  {
    failure: "no-such-kind",
    pattern: /doesn't have a resource type|no matches for kind/,
    advice: () => "the cluster does not know that kind: npm run up installs what brings it",
  },
  {
    failure: "unreachable",
    pattern:
      /was refused|Unable to connect|dial tcp|i\/o timeout|deadline exceeded|Client\.Timeout|connection reset|no route|unreachable|ServiceUnavailable|the server is currently unable|unexpected EOF/i,
    advice: (context) => `no cluster answers in context ${context}: start it, or choose another; ${look}`,
  },
];

/** Turns kubectl's stderr into its cause, what it said and what to do, in two lines. */
export function explainKubectl(stderr: string, context: string): { failure: KubectlFailure; message: string } {
  // client-go's log lines say five times over what the last line says.
  const lines = stderr.split("\n").filter((line) => line.trim() && !/^[EIWF]\d{4} /.test(line));
  const said =
    [...new Set(lines)].slice(-3).join("\n").trim() ||
    stderr.trim().split("\n").at(-1) ||
    "kubectl failed without a word";
  const found = explanations.find(({ pattern }) => pattern.test(said));
  return { failure: found?.failure ?? "other", message: found ? `${said}\n${found.advice(context)}` : said };
}
