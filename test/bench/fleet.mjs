import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { cleanEnvironment } from './rows.mjs'
import { peakOfNode, runOnce } from './run-once.mjs'

const rounds = 7

/** Many certificates with nothing due, in one run over all of them: { count, milliseconds, peak, start }. */
export function measureIdleFleet(bench, count) {
  const place = join(bench.scratch, 'fleet')
  const env = { ...cleanEnvironment(bench), CERTCTL_STATE_DIR: join(place, 'state') }
  const certctl = (...args) => ({ file: process.execPath, args: [bench.program, ...args], env })
  const one = join(place, 'one')
  runOnce(certctl('issue', 'a.contract.test', '--role', 'ec', '--ttl', '1h', '--out', one))
  copies(one, place, count)
  const times = Array.from({ length: rounds }, () => runOnce(certctl('renew', '--all')))
  const starts = Array.from({ length: rounds }, () => runOnce({ file: process.execPath, args: ['-e', '0'], env }))
  const peak = peakOfNode(certctl('renew', '--all'))
  rmSync(place, { recursive: true, force: true })
  return { count, milliseconds: median(times), peak, start: median(starts) }
}

/** Directories like the one, as this host would know them had it issued them: to issue each would take minutes. */
function copies(one, place, count) {
  const entries = join(place, 'state', 'certificates')
  rmSync(entries, { recursive: true })
  mkdirSync(entries)
  const tree = read(one)
  for (let index = 0; index < count; index += 1) {
    const directory = join(place, 'many', `web-${index}`)
    mkdirSync(directory, { recursive: true })
    write(directory, tree)
    const name = createHash('sha256').update(directory).digest('hex').slice(0, 32)
    writeFileSync(join(entries, `${name}.json`), `${JSON.stringify({ schema: 1, directory })}\n`, { mode: 0o600 })
  }
}

function read(directory) {
  return readdirSync(directory).map((name) => {
    const path = join(directory, name)
    const stats = lstatSync(path)
    if (stats.isDirectory()) return { name, tree: read(path) }
    if (stats.isSymbolicLink()) return { name, link: readlinkSync(path) }
    return { name, content: readFileSync(path), mode: stats.mode & 0o777 }
  })
}

function write(directory, tree) {
  for (const { name, tree: inner, link, content, mode } of tree) {
    const path = join(directory, name)
    if (link !== undefined) symlinkSync(link, path)
    else if (content !== undefined) writeFileSync(path, content, { mode })
    else {
      mkdirSync(path)
      write(path, inner)
    }
  }
}

function median(values) {
  return [...values].sort((one, other) => one - other)[values.length >> 1]
}
