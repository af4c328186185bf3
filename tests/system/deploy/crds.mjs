// Validates custom resources from standard input against the schemas of their CRDs, which npm
// packages contain.
//
// usage: node crds.mjs PATH_OF_NODE_MODULES < OBJECTS.json    (one array of objects)
//
// Prints an array of the same length. Each entry is an error message or null.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const packages = { "keda.sh": "keda", "monitoring.coreos.com": "prometheus-operator" };

async function validationError(object) {
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
console.log(JSON.stringify(await Promise.all(objects.map(validationError))));
