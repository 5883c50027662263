// Writes the man pages from the manifest of commands; with --check, says which of the written ones no longer fit.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manPages } from './man/pages.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const directory = join(root, 'man')
const pages = new Map(
  manPages(readCommands(), readPackage().description, versionDate()).map(({ file, text }) => [file, text]),
)

if (process.argv.includes('--check')) check()
else write()

function write() {
  mkdirSync(directory, { recursive: true })
  for (const file of readdirSync(directory)) if (!pages.has(file)) rmSync(join(directory, file))
  for (const [file, text] of pages) writeFileSync(join(directory, file), text)
}

function check() {
  const written = existsSync(directory) ? readdirSync(directory) : []
  const listed = readPackage().man.map((path) => path.replace(/^man\//, ''))
  const problems = [
    ...[...pages.keys()].filter((file) => !written.includes(file)).map((file) => `man/${file} is missing`),
    ...written.filter((file) => !pages.has(file)).map((file) => `man/${file} belongs to no command`),
    ...written.filter(isOutdated).map((file) => `man/${file} does not fit its command`),
    ...written
      .filter((file) => !listed.includes(file))
      .map((file) => `man/${file} is not listed in package.json ("man")`),
    ...listed.filter((file) => !pages.has(file)).map((file) => `man/${file} is listed in package.json but not written`),
  ]
  if (problems.length === 0) return
  process.stderr.write(`${problems.join('\n')}\nwrite the man pages again: npm run build && npm run man\n`)
  process.exitCode = 1
}

function isOutdated(file) {
  return pages.has(file) && pages.get(file) !== readFileSync(join(directory, file), 'utf8')
}

function readCommands() {
  const manifest = join(root, 'dist/manifest.json')
  if (!existsSync(manifest)) throw new Error('dist/manifest.json is missing; make it: npm run build')
  const { commands } = JSON.parse(readFileSync(manifest, 'utf8'))
  return Object.entries(commands).map(([id, command]) => ({ ...command, id }))
}

function readPackage() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

/** The day of the version in the changelog: a page that carried today's date would differ every day. */
function versionDate() {
  const { version } = readPackage()
  const heading = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`## ${version} - `))
  if (!heading) throw new Error(`CHANGELOG.md has no line "## ${version} - YYYY-MM-DD"`)
  const day = new Date(heading.split(' - ')[1])
  const month = day.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' })
  return `${month} ${day.getUTCDate()}, ${day.getUTCFullYear()}`
}
