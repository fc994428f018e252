import { createRequire } from "node:module";

/**
 * The compiler's API, as far as the caller says what it uses of it. The repository's TypeScript has none any more (it is 7);
 * ts-json-schema-generator brings the one that it works with. Takes a quarter of a second to load.
 */
export function loadCompiler<Api>(): Api {
  const load = createRequire(createRequire(import.meta.url).resolve("ts-json-schema-generator"));
  return load("typescript") as Api;
}
