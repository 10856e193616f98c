// GitHub's packages import JSON as bundlers do; Node wants to be told that it is JSON.
import { register } from "node:module";

const load = `export async function load(url, context, next) {
  return next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context);
}`;
register("data:text/javascript," + encodeURIComponent(load));
