import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What npm says is installed, as CycloneDX. Needs no network. */
export async function npmBillOfMaterials(root) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--loglevel', 'error']
  // Inside a script of npm's this is the npm that runs it.
  const npm = process.env.npm_execpath
  const [file, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const { stdout } = await run(file, [...before, ...args], {
    cwd: root,
    maxBuffer: 2 ** 26,
    shell: process.platform === 'win32',
  })
  return JSON.parse(stdout)
}

/** Of that, what is in the bundle: nothing that changes from one build to the next, or says where it was made. */
export function billOfMaterials(sbom, program, packages) {
  const { metadata, components, dependencies, ...document } = without(sbom, 'serialNumber')
  const { component, ...made } = without(metadata, 'timestamp')
  const kept = packages.map(({ name, version }) => componentOf(components, name, version))
  const references = new Set([component['bom-ref'], ...kept.map((one) => one['bom-ref'])])
  return {
    ...document,
    metadata: { ...made, component: { ...component, ...program } },
    components: kept.map(withoutOrigin),
    dependencies: dependencies
      .filter(({ ref }) => references.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => references.has(one)) })),
  }
}

function componentOf(components, name, version) {
  const found = components.find((one) => one.name === name && one.version === version)
  if (found === undefined) throw new Error(`npm sbom does not know ${name} ${version}, which is in the bundle`)
  return found
}

/** Without the registry that it came from; what ships is no development dependency, though npm installed it as one. */
function withoutOrigin({ properties, externalReferences, ...component }) {
  return {
    ...component,
    properties: properties.filter(({ name }) => name !== 'cdx:npm:package:development'),
    externalReferences: externalReferences.filter(({ type }) => type !== 'distribution'),
  }
}

function without(object, key) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
}
