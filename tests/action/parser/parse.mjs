// Reads workflow files and actions with GitHub's own parser, and ends with 1 where it finds a fault.
//
//   node --import ./json.mjs parse.mjs FILE...
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";

const placeOf = (error) => (error.range ? `${error.range.start.line}:${error.range.start.column}: ` : "");

async function faultsOf(name) {
  const file = { name, content: readFileSync(name, "utf8") };
  const trace = new NoOperationTraceWriter();
  if (basename(name) === "action.yml") {
    return parseAction(file, trace).context.errors.getErrors();
  }
  const { context, value } = parseWorkflow(file, trace);
  if (value) {
    await convertWorkflowTemplate(context, value);
  }
  return context.errors.getErrors();
}

let found = 0;
for (const name of process.argv.slice(2)) {
  for (const error of await faultsOf(name)) {
    console.error(`${name}:${placeOf(error)}${error.rawMessage ?? error.message}`);
    found += 1;
  }
}
console.log(`${process.argv.length - 2} files, ${found} faults`);
process.exit(found || process.argv.length < 3 ? 1 : 0);
