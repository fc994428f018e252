/** The floor: a process that makes YAML of values with `yaml` and does nothing else. They come as a JSON text per line. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { stringify } from "yaml";

const [file = ""] = process.argv.slice(2);
let characters = 0;
for await (const line of createInterface(createReadStream(file)))
  characters += stringify(JSON.parse(line), { aliasDuplicateObjects: false, lineWidth: 0 }).length;
console.log(`${characters} characters`);
