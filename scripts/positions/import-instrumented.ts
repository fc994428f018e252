import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { instrument } from "./instrument.ts";

/** Marks a module's URL: this copy of the module, and what it imports from beside it, is instrumented. */
const mark = /\?instrumented=\d+$/;

let isHooked = false;

/** Loads modules a second time, so that where their values are written is known to `findPlace`. */
export class InstrumentedModules {
  static #count = 0;
  /** A module that changed since the last time is read again. */
  readonly #mark = `?instrumented=${InstrumentedModules.#count++}`;

  async import<T extends object>(file: string): Promise<T> {
    if (!isHooked) hook();
    return (await import(`${pathToFileURL(file).href}${this.#mark}`)) as T;
  }
}

function hook(): void {
  isHooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const parent = mark.exec(context.parentURL ?? "")?.[0];
      const isOurs = parent !== undefined && specifier.startsWith(".") && resolved.url.endsWith(".ts");
      return isOurs ? { ...resolved, url: resolved.url + parent } : resolved;
    },
    load(url, context, next) {
      if (!mark.test(url)) return next(url, context);
      const file = fileURLToPath(url.replace(mark, ""));
      const source = instrument(file, readFileSync(file, "utf8"));
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
