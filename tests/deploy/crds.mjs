// Custom resources, from standard input, against the schemas of their CRDs as npm packages carry them.
//
// usage: node crds.mjs PATH_OF_NODE_MODULES < OBJECTS.json    (one array of objects)
//
// Prints an array of the same length: what is wrong with each, or null.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const packages = { "keda.sh": "keda", "monitoring.coreos.com": "prometheus-operator" };

async function complaint(object) {
  const [group, version] = object.apiVersion.split("/");
  const path = `@kubernetes-models/${packages[group]}/${group}/${version}/${object.kind}.js`;
  const { [object.kind]: Model } = await import(pathToFileURL(resolve(process.argv[2], path)));
  try {
    new Model(object).validate();
    return null;
  } catch (error) {
    return error.message;
  }
}

const objects = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(objects.map(complaint))));
