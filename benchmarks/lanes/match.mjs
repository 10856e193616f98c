// The same question to picomatch or minimatch: node match.mjs LIBRARY FOLDER
//
// FOLDER/lists.json has the lists of patterns (heaviest first, already in the library's own dialect, so no YAML is read here),
// FOLDER/paths the files. Prints the JSON that `lanemark lane detect --json` prints.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [library, folder] = process.argv.slice(2);
const { lanes, lists, usual, floor, name } = JSON.parse(readFileSync(join(folder, "lists.json"), "utf8"));
const paths = readFileSync(join(folder, "paths"), "utf8").split("\n").filter(Boolean);

let compile;
if (library === "picomatch") {
  const { default: picomatch } = await import("picomatch");
  compile = (glob) => picomatch(glob, { dot: true });
} else {
  const { Minimatch } = await import("minimatch");
  compile = (glob) => {
    const matcher = new Minimatch(glob, { dot: true, nobrace: true, nocomment: true });
    return (path) => matcher.match(path);
  };
}

function prepare({ lane, rules }) {
  const tests = rules.map(({ glob, negated, line, pattern }) => {
    return { test: compile(glob), negated, rule: line ? `${name}:${line} ${pattern}` : `built-in: ${pattern}` };
  });
  return { lane, tests: tests.reverse() };
}

// The last line that matches decides, so the lines are asked from the last one on.
function find({ tests }, path) {
  for (const { test, negated, rule } of tests) if (test(path)) return negated ? null : rule;
  return null;
}

const judges = lists.map(prepare);
const guarded = prepare(floor);
const files = paths.map((path) => {
  let lane = usual;
  let rule = null;
  for (const judge of judges) {
    rule = find(judge, path);
    if (rule !== null) {
      lane = judge.lane;
      break;
    }
  }
  if (lane !== floor.lane) {
    const found = find(guarded, path);
    if (found !== null) {
      lane = floor.lane;
      rule = found;
    }
  }
  return { lane, path, rule };
});
const lane = lanes[Math.max(...files.map((file) => lanes.indexOf(file.lane)))];
process.stdout.write(JSON.stringify({ files, lane }, null, 2) + "\n");
