// Builds what ships: CommonJS files split so that a command loads only what it needs, and the assets made from them.
// The argument, if any, is the folder to make, in place of dist.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'
import { bundledPackages, licenceTexts } from './bundled-packages.mjs'
import { writeManifest } from './manifest.mjs'
import { pack } from './pack.mjs'
import { billOfMaterials, npmBillOfMaterials } from './sbom.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = resolve(process.argv[2] ?? join(root, 'dist'))
const unfinished = `${dist}.${process.pid}.tmp`

try {
  await buildInto(unfinished)
  replace(dist, unfinished)
} finally {
  rmSync(unfinished, { recursive: true, force: true })
}

async function buildInto(folder) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const everything = npmBillOfMaterials(root)
  const { parts, metafile } = await bundle(root)
  mkdirSync(folder)
  for (const [file, text] of await pack(parts)) writeFileSync(join(folder, file), text)
  const packages = bundledPackages(root, metafile)
  writeFileSync(join(folder, 'LICENSES.txt'), licenceTexts(packages))
  writeFileSync(
    join(folder, 'sbom.json'),
    `${JSON.stringify(billOfMaterials(await everything, { name, version }, packages), null, 2)}\n`,
  )
  await writeManifest({ root, dist: folder, version })
}

/** Whoever runs the program meanwhile finds the old files or the new ones, but for an instant between two renames. */
function replace(target, made) {
  const old = `${made}.old`
  if (existsSync(target)) renameSync(target, old)
  renameSync(made, target)
  rmSync(old, { recursive: true, force: true })
}
