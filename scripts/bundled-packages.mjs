import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The packages with bytes in the bundle, by the bundler's own account: [{ name, version, licence, text }]. */
export function bundledPackages(root, metafile) {
  const directories = new Set()
  for (const output of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)
      if (match && bytesInOutput > 0) directories.add(match[0])
    }
  }
  return [...directories].map((directory) => describe(join(root, directory))).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function describe(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const file = readdirSync(directory).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  return {
    name,
    version,
    licence: license,
    text: file && existsSync(join(directory, file)) ? readFileSync(join(directory, file), 'utf8').trim() : '',
  }
}

/** What the licences ask for: each name and text beside the code. */
export function licenceTexts(packages) {
  const rule = '-'.repeat(78)
  const intro = 'certctl contains parts of these packages, under their licences:'
  const parts = packages.map(
    ({ name, version, licence, text }) =>
      `${rule}\n${name} ${version} (${licence})\n\n${text || `Licence: ${licence}`}`,
  )
  return `${intro}\n\n${parts.join('\n\n')}\n`
}
